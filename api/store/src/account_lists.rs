//! Lists of accounts: those below an account, and those that a search finds.

use std::{collections::HashMap, ops::ControlFlow};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    PAGE_BYTES, Store, StoreError,
    accounts::name_key,
    database::{FromRow, Rows, Value},
};

/// An account as lists show it.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The account's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its realm.
    pub realm: String,
    /// The ids of all ancestors, the master account first.
    pub tree: Vec<String>,
    /// The number of accounts below it.
    pub descendants: u32,
    /// The member `flags` of its document, not parsed, because lists have many accounts.
    pub flags: Option<Box<RawValue>>,
}

/// Which accounts below an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// Its children.
    Children,
    /// All its descendants.
    Descendants,
}

/// What a search compares with the beginnings of names, realms or ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchBy {
    /// Names.
    Name,
    /// Realms.
    Realm,
    /// Ids.
    Id,
}

/// Where a piece of a list starts: a name and an id.
pub type AccountKey = (String, String);

/// A piece of a list.
pub struct AccountPage {
    /// The accounts of the page.
    pub accounts: Vec<AccountRow>,
    /// Where the next piece starts. `None` if there is none.
    pub next: Option<AccountKey>,
}

impl Store {
    /// At most `limit` accounts below an account, by name, from `start` on. If they are large, there are fewer.
    pub async fn accounts_below(
        &self,
        account_id: String,
        below: Below,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        let condition = match below {
            Below::Children => "parent_id = ?1",
            Below::Descendants => "id IN (SELECT account_id FROM ancestors WHERE ancestor_id = ?1)",
        };
        self.account_page(condition.into(), account_id, None, start, limit)
            .await
    }

    /// At most `limit` descendants of an account whose name, realm or id begins with `value`, by name, from `start` on.
    /// Except for ids, only letters and digits count (KAZOO `cb_search.erl`).
    pub async fn search_accounts(
        &self,
        account_id: String,
        by: SearchBy,
        value: &str,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        let (field, value) = match by {
            SearchBy::Name => ("name_key", name_key(value)),
            // Realms consist of letters, digits, and these characters.
            SearchBy::Realm => (
                "replace(replace(replace(realm_key, '.', ''), '-', ''), '_', '')",
                name_key(value),
            ),
            SearchBy::Id => ("id", value.to_owned()),
        };
        let condition = format!(
            "id IN (SELECT account_id FROM ancestors WHERE ancestor_id = ?1) AND substr({field}, 1, length(CAST(?5 AS TEXT))) = ?5"
        );
        self.account_page(condition, account_id, Some(value), start, limit)
            .await
    }

    /// The accounts with these ids that exist, in this order.
    pub async fn account_rows(&self, ids: Vec<String>) -> Result<Vec<AccountRow>, StoreError> {
        self.read_list(move |session| {
            let sql = select(&session.is_among("id", 1));
            let wanted = Rows::of(ids.iter().map(String::as_str))?;
            let rows: Vec<Parts> = session.all(&sql, &[&wanted])?;
            let rows = rows
                .into_iter()
                .map(|row| Ok((row.0.clone(), account_row(row)?)));
            let mut rows = rows.collect::<Result<HashMap<_, _>, StoreError>>()?;
            Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
        })
        .await
    }

    /// A page of the accounts that fulfil `condition`. In `condition`, `?1` is an account, and `?5` is `value`, if
    /// there is one.
    async fn account_page(
        &self,
        condition: String,
        account_id: String,
        value: Option<String>,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        self.read_list(move |session| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let (name, id) = start.unzip();
            let name = name.map(|name| name.to_ascii_lowercase());
            let sql = format!(
                "{} AND (CAST(?2 AS TEXT) IS NULL OR (sort_name, id) >= (?2, ?3))
                 ORDER BY sort_name, id LIMIT ?4",
                select(&condition)
            );
            let mut accounts = Vec::new();
            let mut next = None;
            let mut bytes = 0;
            let mut values: Vec<&dyn Value> = vec![&account_id, &name, &id, &one_more];
            if let Some(value) = &value {
                values.push(value);
            }
            session.each(&sql, &values, |row| {
                let account = account_row(Parts::from_row(row)?)?;
                bytes += account.flags.as_ref().map_or(0, |flags| flags.get().len());
                if accounts.len() == limit || (bytes > PAGE_BYTES && !accounts.is_empty()) {
                    next = Some((account.name, account.id));
                    return Ok(ControlFlow::Break(()));
                }
                accounts.push(account);
                Ok::<_, StoreError>(ControlFlow::Continue(()))
            })?;
            Ok(AccountPage { accounts, next })
        })
        .await
    }
}

fn select(condition: &str) -> String {
    format!(
        "SELECT id, name, realm, tree, document,
                (SELECT count(*) FROM ancestors WHERE ancestor_id = id)
         FROM accounts WHERE {condition}"
    )
}

type Parts = (String, String, String, String, String, u32);

fn account_row(
    (id, name, realm, tree, document, descendants): Parts,
) -> Result<AccountRow, StoreError> {
    let broken = |source| StoreError::Broken {
        what: "account",
        source,
    };
    let Flags { flags } = serde_json::from_str(&document).map_err(broken)?;
    Ok(AccountRow {
        id,
        name,
        realm,
        tree: serde_json::from_str(&tree).map_err(broken)?,
        descendants,
        flags,
    })
}

/// The part of an account's document that lists show.
#[derive(Deserialize)]
struct Flags {
    flags: Option<Box<RawValue>>,
}
