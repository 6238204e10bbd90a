//! This guest's indices in Lua's registry. The first three are Lua's.

/// The compiled function.
pub const FUNCTION: i64 = 4;
/// The value for JSON's `null`.
pub const NULL: i64 = 5;
/// The metatable of arrays.
pub const ARRAY: i64 = 6;
/// The message handler.
pub const HANDLER: i64 = 7;
