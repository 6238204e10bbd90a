//! `malachite-bigint` is num-bigint's interface on Malachite. Here it is num-bigint itself.

pub use num_bigint::*;
