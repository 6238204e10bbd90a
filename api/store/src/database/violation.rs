//! Rules that a write would break, in a form for both databases.

/// A rule of the schema that a write would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Another row has the same values. The text names the index, or the columns if the database names only these.
    Unique(String),
    /// The write refers to a row that does not exist, or deletes a row that others refer to.
    Reference,
}
