//! Language packs: source text in, snapshot and diagnostics out.
//!
//! A pack is data: a manifest and a guest module, one folder under `wasm-guests/`. This crate knows which packs
//! there are and which guest compiles which source; the guests know the languages. It knows no HTTP and no SQL.

mod language;
mod pack;

pub use language::{Language, Languages, LoadError};
pub use pack::{LanguagePack, PackError};
