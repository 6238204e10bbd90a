//! Local documents: what replicators note down here. They are in no list and are not replicated.

use serde_json::{Map, Value};

use super::{Database, WriteError};
use crate::store::StoreError;

impl Database {
    /// A local document with `_id` and `_rev`; its id is without `_local/`.
    pub(crate) async fn local(&self, id: &str) -> Result<Option<Map<String, Value>>, StoreError> {
        let _ = id;
        todo!()
    }

    /// Writes a local document and returns its revision, `0-N`. Its `_rev`, if it has one, must be the current one.
    pub(crate) async fn save_local(
        &self,
        id: &str,
        body: Map<String, Value>,
    ) -> Result<String, WriteError> {
        let _ = (id, body);
        todo!()
    }

    /// Whether there was one.
    pub(crate) async fn delete_local(&self, id: &str) -> Result<bool, StoreError> {
        let _ = id;
        todo!()
    }
}
