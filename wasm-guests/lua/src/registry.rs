//! Where in Lua's registry this guest keeps its own. The first three places are Lua's.

/// The function that was compiled.
pub const FUNCTION: i64 = 4;
/// What stands for JSON's `null`.
pub const NULL: i64 = 5;
/// The metatable of arrays.
pub const ARRAY: i64 = 6;
/// The function that looks at errors where they are raised.
pub const HANDLER: i64 = 7;
