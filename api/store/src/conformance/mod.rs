//! Tests of the store on either database. Tests of single rules are beside their code. These tests go through every
//! public method, by subject.

mod account_lists;
mod accounts;
mod attempts;
mod copies;
mod documents;
mod engines;
mod function_lists;
mod functions;
mod id_ranges;
mod revisions;
mod snapshots;
mod tokens;
mod users;

use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use crate::{
    Account, Actor, ApiKey, Draft, FunctionDocument, NewAccount, NextRevision, Quota, Revision,
    Store, tests,
};

/// Ids in the order of their bytes, which is no language's order.
const IDS: [&str; 7] = ["-", "B", "Z", "_", "a", "ä", "\u{10000}"];

/// A quota that no test uses up.
const ROOMY: Quota = Quota {
    functions: 1_000,
    bytes: 1 << 30,
};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

fn revision(text: &str) -> Revision {
    Revision::parse(text).unwrap()
}

/// An account with a name and a realm. Its API key is its id.
fn new_account(id: &str, name: &str, realm: &str) -> NewAccount {
    NewAccount {
        id: id.into(),
        enabled: true,
        document: object(serde_json::json!({"name": name, "realm": realm})),
        api_key: ApiKey {
            hash: Digest::of(id.as_bytes()),
            sealed: None,
        },
    }
}

async fn created_below(store: &Store, id: &str, parent: &str) -> Account {
    let new = new_account(id, id, &format!("{id}.example"));
    store.create_account(new, parent.into()).await.unwrap()
}

/// A new database with the master account `a`, `b` below it, `c` below `b`, and `d` below `a`.
async fn with_accounts() -> (Store, tempfile::TempDir) {
    let (store, folder) = tests::with_account().await;
    for (id, parent) in [("b", "a"), ("c", "b"), ("d", "a")] {
        created_below(&store, id, parent).await;
    }
    (store, folder)
}

fn actor() -> Actor {
    Actor {
        account_id: "a".into(),
        user_id: Some("u".into()),
    }
}

/// A function of an account. Its source is its id.
fn function_of(account_id: &str, id: &str) -> Draft {
    Draft {
        account_id: account_id.into(),
        source: Digest::of(id.as_bytes()),
        ..tests::draft(id)
    }
}

/// The first revision of a document, or the revision that follows `after`.
fn next_of(id: &str, after: Option<&str>, name: &str) -> NextRevision {
    NextRevision {
        id: id.into(),
        after: after.map(revision),
        line: [name].into_iter().chain(after).map(revision).collect(),
    }
}

/// A function's document as another database has it.
fn document_of_function(account_id: &str) -> FunctionDocument {
    FunctionDocument {
        account_id: account_id.into(),
        document: Map::new(),
        private: Map::new(),
        secrets: None,
        source: Digest::of(b""),
        by: None,
        hidden: false,
        disable_reason: None,
        quota: ROOMY,
    }
}
