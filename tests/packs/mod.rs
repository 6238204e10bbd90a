//! Language packs that an operator adds.

mod hostile;
mod installed;
mod new_pack;
mod reloaded;
