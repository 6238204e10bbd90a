//! Everything that calling a function needs from the database, read at once.

use super::{FunctionKey, Store, StoreError, Stored, accounts, call_keys, functions};

/// A function, and what its calls depend on.
pub struct Callable {
    /// The function's current revision.
    pub stored: Stored,
    /// The time zone of its account, for a function without one.
    pub account_time_zone: Option<String>,
    /// The version of the language pack that compiled it, if it was compiled.
    pub engine: Option<String>,
    /// The key for call routers, if there is one.
    pub call_key: Option<String>,
}

impl Store {
    /// Reads a function with everything that its calls depend on.
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
