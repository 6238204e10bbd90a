//! Everything that calling a function needs from the database, read at once.

use super::{
    FunctionKey, Store, StoreError, Stored,
    accounts::time_zone,
    database::{DatabaseError, FromRow, Row},
    document_text::document_of,
    functions::{self, RowParts},
};

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

/// The columns that one statement reads of a function.
struct Found {
    function: RowParts,
    account_document: String,
    engine: Option<String>,
    call_key: Option<String>,
}

impl Store {
    /// Reads a function with everything that its calls depend on.
    pub async fn callable(
        &self,
        (account_id, id): FunctionKey,
    ) -> Result<Option<Callable>, StoreError> {
        self.read(move |session| {
            let found: Option<Found> = session.one(
                "SELECT current.id, current.revision, current.document, secrets, current.created, modified, disable_reason,
                        accounts.document, engine, key
                 FROM current_functions AS current
                 JOIN functions ON functions.id = current.id
                 JOIN accounts ON accounts.id = current.account_id
                 LEFT JOIN function_keys ON function_id = current.id
                 WHERE current.id = ?1 AND current.account_id = ?2 AND current.deleted = 0",
                &[&id, &account_id],
            )?;
            let Some(found) = found else {
                return Ok(None);
            };
            let account = document_of(&found.account_document)?;
            Ok(Some(Callable {
                stored: functions::stored(found.function)?,
                account_time_zone: time_zone(&account).map(str::to_owned),
                engine: found.engine,
                call_key: found.call_key,
            }))
        })
        .await
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            function: FromRow::from_row(row)?,
            account_document: row.get(7)?,
            engine: row.get(8)?,
            call_key: row.get(9)?,
        })
    }
}
