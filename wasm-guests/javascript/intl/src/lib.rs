//! What ECMA-402 asks of an engine, on data of the Unicode CLDR that lie in the module and are read in place: nothing is
//! loaded or kept, and what is not used costs nothing.
//!
//! Nothing here knows a JavaScript engine. `data/cldr.bin` is made by `generate/`.

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
