//! What it takes to call a function, in one look at the database.

use super::{FunctionKey, Store, StoreError, Stored, accounts, call_keys, functions};

/// A function, and what its calls depend on beside it.
pub struct Callable {
    /// The function's current revision.
    pub stored: Stored,
    /// Its account's, which counts if the function has none of its own.
    pub account_time_zone: Option<String>,
    /// The version of the language pack it was compiled with, if it was.
    pub engine: Option<String>,
    /// What call routers show, if anybody has asked for it.
    pub call_key: Option<String>,
}

impl Store {
    /// A function with all that its calls depend on, read at once.
    pub async fn callable(
        &self,
        (account_id, id): FunctionKey,
    ) -> Result<Option<Callable>, StoreError> {
        self.read(move |connection| {
            let Some(stored) = functions::current(connection, &account_id, &id)? else {
                return Ok(None);
            };
            let account = accounts::find(connection, &account_id)?;
            Ok(Some(Callable {
                stored,
                account_time_zone: account
                    .and_then(|account| account.time_zone().map(str::to_owned)),
                engine: functions::engine(connection, &id)?,
                call_key: call_keys::find(connection, &account_id, &id)?,
            }))
        })
        .await
    }
}
