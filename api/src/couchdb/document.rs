//! CouchDB's documents, and edits of them (CouchDB `couch_doc.erl`).

use serde_json::{Map, Value};
use switchhook_store::{
    FunctionPart, MAX_ANCESTRY, Revision, StoredDocument, gregorian, ids::random_id,
};

/// Longest id, in bytes. Ids are in paths, logs and lists. KAZOO's have 32 characters, and those of replicators and
/// design documents a few more.
const MAX_ID_BYTES: usize = 1024;

/// Members of replies that requests may repeat. They are not part of the document.
const REPLY_MEMBERS: [&str; 5] = [
    "_conflicts",
    "_deleted_conflicts",
    "_local_seq",
    "_revs_info",
    "_id",
];

/// Private keys of KAZOO: one for a document that is deleted but kept, one for why something was disabled (KAZOO
/// `kz_doc.erl`, `kzd_webhooks.erl`).
pub(super) const SOFT_DELETED: &str = "pvt_deleted";
pub(super) const DISABLE_REASON: &str = "pvt_disabled_message";

/// A revision of a document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) revision: Revision,
    /// Whether the revision deletes the document.
    pub(crate) deleted: bool,
    /// The members whose names do not begin with `_`.
    pub(crate) body: Map<String, Value>,
}

/// A change of a document: its new content.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) id: String,
    /// The revision that the edit follows. For an edit from another database, the revision that it is.
    pub(crate) revision: Option<Revision>,
    pub(crate) deleted: bool,
    pub(crate) body: Map<String, Value>,
    /// For an edit from another database: its revision and the predecessors, newest first.
    pub(crate) ancestry: Vec<Revision>,
}

/// Why a body is not a document. The text is for the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("Document must be a JSON object")]
    NotAnObject,
    #[error("Document id must be a string")]
    IdNotText,
    #[error("Document id must not be empty")]
    IdEmpty,
    #[error("Document id is too long")]
    IdTooLong,
    #[error("Only reserved document ids may start with underscore.")]
    IdReserved,
    #[error("Invalid rev format")]
    Revision,
    #[error("Bad special document member: {0}")]
    Member(String),
    #[error("attachments are not kept here")]
    Attachments,
}

impl Document {
    /// The document as replies contain it, with `_id` and `_rev` first.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut json = Map::with_capacity(self.body.len() + 3);
        json.insert("_id".into(), self.id.as_str().into());
        json.insert("_rev".into(), self.revision.as_str().into());
        if self.deleted {
            json.insert("_deleted".into(), true.into());
        }
        json.extend(self.body.clone());
        json
    }
}

impl From<StoredDocument> for Document {
    /// Adds the private keys of KAZOO's functions (KAZOO `crossbar_doc.erl`, `update_pvt_parameters/2`) if the function
    /// was not written as a whole document. Otherwise the document is as it was written.
    fn from(stored: StoredDocument) -> Self {
        let mut body = stored.body;
        if let Some(function) = stored.function {
            let FunctionPart {
                account_id,
                private,
                hidden,
                disable_reason,
                created,
                modified,
            } = function;
            let is_kazoos = private.contains_key("pvt_type");
            body.extend(private);
            if !is_kazoos {
                body.insert("pvt_type".into(), FUNCTION.into());
                body.insert("pvt_account_id".into(), account_id.into());
                body.insert("pvt_created".into(), gregorian::from_unix(created).into());
                body.insert("pvt_modified".into(), gregorian::from_unix(modified).into());
            }
            if hidden {
                body.insert(SOFT_DELETED.into(), true.into());
            }
            if let Some(reason) = disable_reason {
                body.insert(DISABLE_REASON.into(), reason.into());
            }
        }
        Self {
            id: stored.id,
            revision: stored.revision,
            deleted: stored.deleted,
            body,
        }
    }
}

/// The `pvt_type` of functions (KAZOO `kzd_functions.erl`).
pub(super) const FUNCTION: &str = "function";

impl Edit {
    /// Reads a body. The id comes from the address, or from the body's `_id`, or is new.
    ///
    /// # Errors
    /// [`EditError`] if CouchDB would refuse the body, or if it has attachments.
    pub(crate) fn read(id: Option<&str>, body: Value) -> Result<Self, EditError> {
        let Value::Object(body) = body else {
            return Err(EditError::NotAnObject);
        };
        let id = match (id, body.get("_id")) {
            (Some(id), _) => id.to_owned(),
            (None, Some(Value::String(id))) => id.clone(),
            (None, Some(_)) => return Err(EditError::IdNotText),
            (None, None) => random_id(),
        };
        check_id(&id)?;
        let mut edit = Self {
            id,
            revision: None,
            deleted: false,
            body: Map::with_capacity(body.len()),
            ancestry: Vec::new(),
        };
        for (name, value) in body {
            match (name.as_str(), value) {
                ("_rev", Value::String(text)) => {
                    edit.revision = Some(Revision::parse(&text).ok_or(EditError::Revision)?);
                }
                ("_rev", _) => return Err(EditError::Revision),
                ("_deleted", value) => edit.deleted = value == Value::Bool(true),
                ("_revisions", value) => {
                    edit.ancestry = ancestry(&value).ok_or(EditError::Revision)?;
                }
                ("_attachments", Value::Object(attachments)) if attachments.is_empty() => {}
                ("_attachments", _) => return Err(EditError::Attachments),
                (known, _) if REPLY_MEMBERS.contains(&known) => {}
                (unknown, _) if unknown.starts_with('_') => return Err(EditError::Member(name)),
                (_, value) => {
                    edit.body.insert(name, value);
                }
            }
        }
        match (edit.ancestry.first(), &edit.revision) {
            (None, revision) => edit.ancestry.extend(revision.clone()),
            (Some(first), Some(revision)) if first != revision => return Err(EditError::Revision),
            (Some(_), _) => {}
        }
        Ok(edit)
    }
}

fn check_id(id: &str) -> Result<(), EditError> {
    let name = id.strip_prefix("_design/").unwrap_or(id);
    if name.is_empty() {
        Err(EditError::IdEmpty)
    } else if id.len() > MAX_ID_BYTES {
        Err(EditError::IdTooLong)
    } else if id.starts_with('_') && !id.starts_with("_design/") {
        Err(EditError::IdReserved)
    } else {
        Ok(())
    }
}

/// The revisions of `_revisions`: the number of the newest, and the hashes of all.
fn ancestry(value: &Value) -> Option<Vec<Revision>> {
    let start = value["start"].as_i64()?;
    let ids = value["ids"].as_array()?;
    let line = (1..=start).rev().zip(ids).take(MAX_ANCESTRY);
    line.map(|(generation, hash)| Revision::of(generation, hash.as_str()?))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_says_what_it_is_beside_what_it_holds() {
        let body = json!({
            "_id": "other", "_rev": "2-b", "_deleted": true, "_attachments": {}, "_conflicts": ["1-x"],
            "_revisions": {"start": 2, "ids": ["b", "a"]}, "name": "n", "pvt_type": "function"
        });
        let edit = Edit::read(Some("a/b"), body).unwrap();
        assert_eq!((edit.id.as_str(), edit.deleted), ("a/b", true));
        assert_eq!(edit.revision.unwrap().as_str(), "2-b");
        let line: Vec<_> = edit.ancestry.iter().map(Revision::as_str).collect();
        assert_eq!(line, ["2-b", "1-a"]);
        assert_eq!(
            Value::Object(edit.body),
            json!({"name": "n", "pvt_type": "function"})
        );
    }

    #[test]
    fn a_document_without_an_id_gets_one() {
        let edit = Edit::read(None, json!({})).unwrap();
        assert_eq!(edit.id.len(), 32);
        assert!(edit.ancestry.is_empty());
    }

    #[test]
    fn what_is_no_document_is_named() {
        for (body, message) in [
            (json!([]), "must be a JSON object"),
            (json!({"_id": 1}), "must be a string"),
            (json!({"_id": ""}), "must not be empty"),
            (json!({"_id": "_design/"}), "must not be empty"),
            (json!({"_id": "x".repeat(1025)}), "too long"),
            (json!({"_id": "_x"}), "Only reserved"),
            (json!({"_rev": "x"}), "Invalid rev"),
            (json!({"_rev": "0-x"}), "Invalid rev"),
            (json!({"_rev": "1-x y"}), "Invalid rev"),
            (json!({"_rev": 1}), "Invalid rev"),
            (
                json!({"_rev": "2-a", "_revisions": {"start": 1, "ids": ["a"]}}),
                "Invalid rev",
            ),
            (json!({"_revisions": {"start": 1}}), "Invalid rev"),
            (json!({"_foo": 1}), "Bad special document member: _foo"),
            (json!({"_attachments": {"a": {}}}), "attachments"),
        ] {
            let error = Edit::read(None, body.clone()).unwrap_err().to_string();
            assert!(error.contains(message), "{body}: {error}");
        }
    }
}
