//! RustPython uses `malachite-bigint`, which is num-bigint's interface on Malachite. This crate is num-bigint under
//! that name.

pub use num_bigint::*;
