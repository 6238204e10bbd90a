//! The keys with which call routers call functions.

use super::{
    FunctionKey, Store, StoreError,
    database::{Lock, Session},
};

const FIND: &str = "SELECT key FROM function_keys JOIN functions ON id = function_id
    WHERE account_id = ?1 AND id = ?2 AND deleted = 0";

/// Inserts nothing if there is no such function.
const INSERT: &str = "INSERT INTO function_keys (function_id, key)
    SELECT id, ?3 FROM functions WHERE account_id = ?1 AND id = ?2 AND deleted = 0
    ON CONFLICT (function_id)";

impl Store {
    /// A function's key, if it has one.
    pub async fn call_key(
        &self,
        (account_id, id): FunctionKey,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |session| find(session, &account_id, &id))
            .await
    }

    /// Gives a function a key. An existing key stays unless it is to be replaced. Returns the function's key, or `None`
    /// if there is no such function.
    pub async fn set_call_key(
        &self,
        (account_id, id): FunctionKey,
        key: String,
        replace: bool,
    ) -> Result<Option<String>, StoreError> {
        self.write(Lock::document(&id), move |session| {
            let resolution = if replace {
                "DO UPDATE SET key = excluded.key"
            } else {
                "DO NOTHING"
            };
            session.execute(&format!("{INSERT} {resolution}"), &[&account_id, &id, &key])?;
            find(session, &account_id, &id)
        })
        .await
    }
}

pub(super) fn find(
    session: &Session,
    account_id: &str,
    id: &str,
) -> Result<Option<String>, StoreError> {
    Ok(session.one(FIND, &[&account_id, &id])?)
}
