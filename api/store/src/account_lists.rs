//! Lists of accounts: those below an account, and those that a search finds.

use rusqlite::{Row, ToSql};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{PAGE_BYTES, Store, StoreError, accounts::name_key};

/// An account as lists show it.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The account's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its realm.
    pub realm: String,
    /// All ancestors' ids, the master account first.
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
        self.account_page(condition.into(), account_id, String::new(), start, limit)
            .await
    }

    /// At most `limit` descendants of an account, by name, from `start` on, of which the name, realm or id begins with
    /// `value`. Except for ids, only letters and digits count (KAZOO `cb_search.erl`).
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
            "id IN (SELECT account_id FROM ancestors WHERE ancestor_id = ?1) AND substr({field}, 1, length(?2)) = ?2"
        );
        self.account_page(condition, account_id, value, start, limit)
            .await
    }

    /// The existing ones of these accounts, in this order.
    pub async fn account_rows(&self, ids: Vec<String>) -> Result<Vec<AccountRow>, StoreError> {
        self.read_list(move |connection| {
            let mut statement = connection.prepare_cached(&select("id = ?1"))?;
            let mut rows = Vec::new();
            for id in &ids {
                for row in statement.query_map([id], parts)? {
                    rows.push(account_row(row?)?);
                }
            }
            Ok(rows)
        })
        .await
    }

    /// A page of the accounts that fulfil `condition`. In it, `?1` is an account, and `?2` may be another parameter.
    async fn account_page(
        &self,
        condition: String,
        account_id: String,
        value: String,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, StoreError> {
        self.read_list(move |connection| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let (name, id) = start.unzip();
            let name = name.map(|name| name.to_ascii_lowercase());
            let sql = format!(
                "{} AND (CAST(?3 AS TEXT) IS NULL OR (sort_name, id) >= (?3, ?4))
                 ORDER BY sort_name, id LIMIT ?5",
                select(&condition)
            );
            let values: [&dyn ToSql; 5] = [&account_id, &value, &name, &id, &one_more];
            let mut statement = connection.prepare_cached(&sql)?;
            let mut accounts = Vec::new();
            let mut bytes = 0;
            for row in statement.query_map(values.as_slice(), parts)? {
                let account = account_row(row?)?;
                bytes += account.flags.as_ref().map_or(0, |flags| flags.get().len());
                if accounts.len() == limit || (bytes > PAGE_BYTES && !accounts.is_empty()) {
                    return Ok(AccountPage {
                        accounts,
                        next: Some((account.name, account.id)),
                    });
                }
                accounts.push(account);
            }
            Ok(AccountPage {
                accounts,
                next: None,
            })
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

fn parts(row: &Row) -> rusqlite::Result<Parts> {
    row.try_into()
}

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
