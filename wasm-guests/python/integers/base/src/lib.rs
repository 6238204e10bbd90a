//! The traits of `malachite-base` that RustPython names.

/// Kinds of numbers.
pub mod num {
    /// Kinds of numbers.
    pub mod basic {
        /// Floats.
        pub mod floats {
            /// A float.
            pub trait PrimitiveFloat {
                /// Whether it is `-0.0`.
                fn is_negative_zero(self) -> bool;
            }

            impl PrimitiveFloat for f64 {
                fn is_negative_zero(self) -> bool {
                    self == 0.0 && self.is_sign_negative()
                }
            }
        }
    }

    /// From one kind to another.
    pub mod conversion {
        /// Traits of conversions.
        pub mod traits {
            use core::cmp::Ordering;

            use crate::rounding_modes::RoundingMode;

            /// A conversion that can lose digits.
            pub trait RoundingInto<T> {
                /// The rounded value, and how it compares to the original.
                fn rounding_into(self, mode: RoundingMode) -> (T, Ordering);
            }
        }
    }
}

/// How to round.
pub mod rounding_modes {
    /// How to round.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RoundingMode {
        /// To the nearest value, and to the even one of two.
        Nearest,
    }
}
