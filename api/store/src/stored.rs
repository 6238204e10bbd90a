//! A function as the database keeps it.

use serde_json::{Map, Value};

use super::Revision;

/// The account and the id of a function.
pub type FunctionKey = (String, String);

/// A function as one of its revisions has it; unless said otherwise, as it is now.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The function's id.
    pub id: String,
    /// Its current revision.
    pub revision: Revision,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub secrets: Option<Vec<u8>>,
    /// When there first was such a function, in Unix seconds.
    pub created: i64,
    /// When this revision was written, in Unix seconds.
    pub modified: i64,
    /// Why the server, and not its owner, has switched it off.
    pub disable_reason: Option<String>,
}
