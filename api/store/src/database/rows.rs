//! Rows of texts as one parameter of a statement.

use serde_json::{Value as Json, json};

use super::{Cell, DatabaseError, Value};

/// Rows as [`super::Session::rows`] takes them: a JSON array of arrays.
pub(crate) struct Rows(String);

impl Rows {
    /// Rows of one text each.
    ///
    /// # Errors
    /// [`DatabaseError::Nul`]. Inside JSON the character U+0000 is an escape, so no later check would find it.
    pub(crate) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, DatabaseError> {
        let row = |text: &str| match text.contains('\0') {
            true => Err(DatabaseError::Nul),
            false => Ok(json!([text])),
        };
        let rows: Json = texts.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self(rows.to_string()))
    }
}

impl Value for Rows {
    fn cell(&self) -> Cell<'_> {
        Cell::Text(&self.0)
    }
}
