//! Stored functions.

use serde_json::{Map, Value};

use super::Revision;

/// The account and the id of a function.
pub type FunctionKey = (String, String);

/// A function at one of its revisions: the current one, unless said otherwise.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The function's id.
    pub id: String,
    /// The revision.
    pub revision: Revision,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub secrets: Option<Vec<u8>>,
    /// When the function was created, in Unix seconds.
    pub created: i64,
    /// When this revision was written, in Unix seconds.
    pub modified: i64,
    /// Why the server disabled it, if the server did.
    pub disable_reason: Option<String>,
}
