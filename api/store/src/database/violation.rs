//! What a write may not do, as both databases say it.

/// A rule of the schema that a write would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Another row has the same values. The name is that of the index, where the database tells it.
    Unique(String),
    /// A row that is named does not exist, or is named by others.
    Reference,
}
