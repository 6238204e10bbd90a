//! The keys with which call routers call functions.

use rusqlite::{Connection, OptionalExtension};

use super::{FunctionKey, Store, StoreError};

const FIND: &str = "SELECT key FROM function_keys JOIN functions ON id = function_id
    WHERE account_id = ?1 AND id = ?2 AND deleted = 0";

/// Writes nothing if there is no such function.
const INSERT: &str = "INTO function_keys (function_id, key)
    SELECT id, ?3 FROM functions WHERE account_id = ?1 AND id = ?2 AND deleted = 0";

impl Store {
    /// A function's key, if it has one.
    pub async fn call_key(
        &self,
        (account_id, id): FunctionKey,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |connection| find(connection, &account_id, &id))
            .await
    }

    /// Gives a function a key. A key that it has already stays unless it is to be replaced. Returns the function's key,
    /// or `None` if there is no such function.
    pub async fn set_call_key(
        &self,
        (account_id, id): FunctionKey,
        key: String,
        replace: bool,
    ) -> Result<Option<String>, StoreError> {
        self.write(move |transaction| {
            let or = if replace { "REPLACE" } else { "IGNORE" };
            let insert = format!("INSERT OR {or} {INSERT}");
            transaction.execute(&insert, [&account_id, &id, &key])?;
            find(transaction, &account_id, &id)
        })
        .await
    }
}

pub(super) fn find(
    connection: &Connection,
    account_id: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    Ok(connection
        .prepare_cached(FIND)?
        .query_row([account_id, id], |row| row.get(0))
        .optional()?)
}
