//! Language packs that an operator adds.

mod hostile;
pub(crate) mod installed;
pub(crate) mod new_pack;
mod reloaded;
