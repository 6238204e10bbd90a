//! The document that a call brings, as Python's own values, and the one that it gives back.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// How deep values may be nested: more than hosts let through, and what the stack bears.
const MOST_NESTED: usize = 500;
