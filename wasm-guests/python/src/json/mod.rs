//! A call's document and its result as Python values.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// Deepest nesting: deeper than hosts allow, and no deeper than the stack bears.
const MOST_NESTED: usize = 500;
