//! Documents of accounts and users as replies contain them (KAZOO `cb_accounts.erl`, `cb_users.erl`,
//! `crossbar_util.erl`).

use serde::Serialize;
use serde_json::{Map, Value, json, value::RawValue};
use switchhook_runtime::Digest;
use switchhook_store::{Account, AccountRow, Actor, User, document::PublicDocument, gregorian};

use super::logins::Session;

/// KAZOO's default language of an account.
const DEFAULT_LANGUAGE: &str = "en-US";

/// Members of an account's document that replies contain and requests cannot change (KAZOO `cb_accounts.erl`,
/// `leak_pvt_fields/2`; `kzd_accounts.erl`, `cleanup_leaky_keys/2`).
pub(super) const DERIVED: [&str; 6] = [
    "created",
    "is_reseller",
    "reseller_id",
    "superduper_admin",
    "wnm_allow_additions",
    "billing_mode",
];

/// The id of the master account, found in an account's tree.
fn master_id(account: &Account) -> &str {
    account.tree.first().unwrap_or(&account.id)
}

/// An account's document as `actor` sees it. The master account is the only reseller.
pub(crate) fn public_account(account: &Account, actor: &Actor) -> PublicDocument {
    let reseller = master_id(account);
    let mut document = account.document.clone();
    let mut set = |key: &str, value: Value| document.insert(key.into(), value);
    set("enabled", account.enabled.into());
    set("id", account.id.as_str().into());
    set("created", gregorian::from_unix(account.created).into());
    set("is_reseller", account.is_master().into());
    set("reseller_id", reseller.into());
    set("superduper_admin", account.is_master().into());
    set("wnm_allow_additions", false.into());
    let billing_mode = if actor.account_id == reseller {
        "limits_only"
    } else {
        "normal"
    };
    set("billing_mode", billing_mode.into());
    document
}

/// An account as a row of a list. The list decides which fields there are.
#[derive(Default, Serialize)]
pub(crate) struct ListedAccount<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    descendants_count: Option<u32>,
    name: &'a str,
    realm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<Flags<'a>>,
}

/// The flags of an account, or an empty list.
#[derive(Serialize)]
#[serde(untagged)]
enum Flags<'a> {
    Own(&'a RawValue),
    None([(); 0]),
}

impl<'a> ListedAccount<'a> {
    fn of(row: &'a AccountRow) -> Self {
        Self {
            id: &row.id,
            name: &row.name,
            realm: &row.realm,
            ..Self::default()
        }
    }

    fn flags(row: &'a AccountRow) -> Option<Flags<'a>> {
        let flags = row.flags.as_deref();
        Some(flags.map_or(Flags::None([]), Flags::Own))
    }
}

/// The row of a child.
pub(crate) fn child_row(row: &AccountRow) -> ListedAccount<'_> {
    ListedAccount {
        descendants_count: Some(row.descendants),
        flags: ListedAccount::flags(row),
        ..ListedAccount::of(row)
    }
}

/// The row of a descendant.
pub(crate) fn descendant_row(row: &AccountRow) -> ListedAccount<'_> {
    ListedAccount {
        tree: Some(&row.tree),
        flags: ListedAccount::flags(row),
        ..ListedAccount::of(row)
    }
}

/// The row of an ancestor.
pub(crate) fn tree_row(row: &AccountRow) -> ListedAccount<'_> {
    ListedAccount {
        flags: ListedAccount::flags(row),
        ..ListedAccount::of(row)
    }
}

/// The row of an account that a search found.
pub(crate) fn found_row(row: &AccountRow) -> ListedAccount<'_> {
    ListedAccount {
        descendants_count: Some(row.descendants),
        ..ListedAccount::of(row)
    }
}

/// A user's document as replies contain it.
pub(crate) fn public_user(user: &User) -> PublicDocument {
    let mut document = user.document.clone();
    document.insert("id".into(), user.id.as_str().into());
    document
}

/// The reply to a deletion (KAZOO `crossbar_doc.erl`, `delete/2`).
pub(crate) fn deleted_user(user: &User) -> PublicDocument {
    let mut document = public_user(user);
    document.insert("_read_only".into(), json!({"deleted": true}));
    document
}

/// The row of a list: the members that lists have, if the user has them.
pub(crate) fn user_row(user: &User) -> Value {
    let mut row = Map::new();
    row.insert("id".into(), user.id.as_str().into());
    row.insert("features".into(), json!([]));
    for key in [
        "username",
        "email",
        "first_name",
        "last_name",
        "priv_level",
        "timezone",
    ] {
        if let Some(value) = user.document.get(key) {
            row.insert(key.into(), value.clone());
        }
    }
    let flags = user.document.get("flags").cloned();
    row.insert("flags".into(), flags.unwrap_or_else(|| json!([])));
    Value::Object(row)
}

/// The document about the bearer of a token.
pub(crate) fn login_document(session: &Session) -> Value {
    let Session {
        account,
        user_id,
        user,
    } = session;
    let language = |document: &PublicDocument| document.get("language").cloned();
    let language = user
        .as_ref()
        .and_then(|user| language(&user.document))
        .or_else(|| language(&account.document))
        .unwrap_or_else(|| DEFAULT_LANGUAGE.into());
    let mut data = json!({
        "account_id": account.id,
        "account_name": account.name(),
        "reseller_id": master_id(account),
        "is_reseller": account.is_master(),
        "is_master_account": account.is_master(),
        "cluster_id": cluster_id(account),
        "language": language,
        "apps": [],
        "capabilities": {},
        "ui_config": {},
    });
    if let Some(user_id) = user_id {
        data["owner_id"] = user_id.as_str().into();
    }
    data
}

/// The id of the cluster, which identifies the database. It has as many digits as KAZOO's.
fn cluster_id(account: &Account) -> String {
    let of = format!("cluster of {}", master_id(account));
    Digest::of(of.as_bytes()).to_string()[..32].to_owned()
}
