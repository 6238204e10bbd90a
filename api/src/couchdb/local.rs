//! CouchDB's local documents, in which replicators keep notes. They are not listed and not replicated.

use serde_json::{Map, Value};
use switchhook_store::StoreError;

use super::{Database, WriteError};

impl Database {
    /// A local document with `_id` and `_rev`. `id` has no `_local/`.
    pub(crate) async fn local(&self, id: &str) -> Result<Option<Map<String, Value>>, StoreError> {
        let found = self.store.local_document(id.to_owned()).await?;
        Ok(found.map(|(revision, body)| {
            let mut json = Map::with_capacity(body.len() + 2);
            json.insert("_id".into(), format!("_local/{id}").into());
            json.insert("_rev".into(), format!("0-{revision}").into());
            json.extend(body);
            json
        }))
    }

    /// Writes a local document and returns its revision, `0-N`. Its `_rev`, if given, must be current.
    pub(crate) async fn save_local(
        &self,
        id: &str,
        mut body: Map<String, Value>,
    ) -> Result<String, WriteError> {
        let revision = match body.get("_rev") {
            None | Some(Value::Null) => None,
            Some(revision) => Some(number(revision).ok_or(WriteError::Conflict)?),
        };
        body.retain(|name, _| !name.starts_with('_'));
        let body = Value::Object(body).to_string();
        let written = self.store.write_local_document(id.into(), revision, body);
        Ok(format!("0-{}", written.await?))
    }

    /// Deletes a local document. Returns whether there was one.
    pub(crate) async fn delete_local(&self, id: &str) -> Result<bool, StoreError> {
        self.store.delete_local_document(id.to_owned()).await
    }
}

fn number(revision: &Value) -> Option<i64> {
    revision.as_str()?.strip_prefix("0-")?.parse().ok()
}
