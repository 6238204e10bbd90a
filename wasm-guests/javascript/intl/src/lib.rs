//! What ECMA-402 asks of an engine, on the data of the Unicode CLDR. The data lie in the module and are read in place:
//! nothing is loaded or kept, and data that nobody uses cost nothing.
//!
//! The crate knows no JavaScript engine. `generate/` makes `data/cldr.bin`.

pub mod case;
pub mod collation;
pub mod date;
pub mod digits;
pub mod display;
pub mod locale;
pub mod number;
pub mod part;
pub mod plural;
pub mod segment;
pub mod supported;
mod tree;
pub mod words;
