//! The fraction by which RustPython divides integers: it is exact until it is rounded once.

use core::cmp::Ordering;

use malachite_base::{num::conversion::traits::RoundingInto, rounding_modes::RoundingMode};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};

/// Bits of a double's significand, with the leading one.
const DOUBLE_BITS: i64 = 53;

/// Bits of the significand that a double stores.
const FRACTION_BITS: u32 = 52;

/// Exponent of the least double, to the base 2.
const LEAST_EXPONENT: i64 = -1074;

/// Exponent from which doubles are infinite.
const MOST_EXPONENT: i64 = 1024;

/// Bias of stored exponents.
const BIAS: i64 = 1023;

/// A fraction.
pub struct Rational {
    is_negative: bool,
    numerator: BigUint,
    denominator: BigUint,
}

/// The error for a float that is NaN or infinite.
#[derive(Debug)]
pub struct NotFinite;

impl Rational {
    /// The fraction of two integers. The denominator must not be 0.
    pub fn from_integers_ref(numerator: &BigInt, denominator: &BigInt) -> Self {
        let is_minus = |integer: &BigInt| integer.sign() == Sign::Minus;
        Self {
            is_negative: is_minus(numerator) != is_minus(denominator),
            numerator: numerator.magnitude().clone(),
            denominator: denominator.magnitude().clone(),
        }
    }

    /// Numerator and denominator without the sign, in lowest terms if the fraction was made of a float.
    pub fn into_numerator_and_denominator(self) -> (BigUint, BigUint) {
        (self.numerator, self.denominator)
    }
}

impl TryFrom<f64> for Rational {
    type Error = NotFinite;

    fn try_from(float: f64) -> Result<Self, NotFinite> {
        if !float.is_finite() {
            return Err(NotFinite);
        }
        let bits = float.to_bits();
        let fraction = bits & ((1 << FRACTION_BITS) - 1);
        let exponent = ((bits >> FRACTION_BITS) & 0x7ff) as i64;
        // Subnormal floats have no leading one.
        let (mut fraction, mut exponent) = match exponent {
            0 => (fraction, LEAST_EXPONENT),
            exponent => (
                fraction | (1 << FRACTION_BITS),
                exponent - 1 + LEAST_EXPONENT,
            ),
        };
        if fraction != 0 {
            let zeros = fraction.trailing_zeros();
            fraction >>= zeros;
            exponent += i64::from(zeros);
        }
        let power = BigUint::from(1_u8) << exponent.unsigned_abs();
        let (numerator, denominator) = match exponent {
            0.. => (BigUint::from(fraction) * power, BigUint::from(1_u8)),
            _ => (fraction.into(), power),
        };
        Ok(Self {
            is_negative: float < 0.0,
            numerator,
            denominator,
        })
    }
}

impl RoundingInto<f64> for Rational {
    /// The nearest double, or infinity beyond the largest. The second value is not computed.
    fn rounding_into(self, RoundingMode::Nearest: RoundingMode) -> (f64, Ordering) {
        let magnitude = if self.numerator.is_zero() {
            0.0
        } else {
            nearest(&self.numerator, &self.denominator)
        };
        let value = if self.is_negative {
            -magnitude
        } else {
            magnitude
        };
        (value, Ordering::Equal)
    }
}

fn nearest(numerator: &BigUint, denominator: &BigUint) -> f64 {
    let difference = numerator.bits() as i64 - denominator.bits() as i64;
    // The exponent of the last bit. The quotient has as many bits as a double, or one more.
    let mut exponent = (difference - DOUBLE_BITS).max(LEAST_EXPONENT);
    loop {
        let shift = exponent.unsigned_abs();
        let (numerator, denominator) = match exponent {
            0.. => (numerator.clone(), denominator << shift),
            _ => (numerator << shift, denominator.clone()),
        };
        let (mut quotient, rest) = numerator.div_rem(&denominator);
        if quotient.bits() as i64 > DOUBLE_BITS {
            exponent += 1;
            continue;
        }
        let is_above_half = match (rest << 1_u8).cmp(&denominator) {
            Ordering::Less => false,
            Ordering::Equal => quotient.is_odd(),
            Ordering::Greater => true,
        };
        quotient += u8::from(is_above_half);
        return quotient
            .to_f64()
            .map_or(f64::INFINITY, |whole| scaled(whole, exponent));
    }
}

/// `whole` times 2 to the power of `exponent`. `whole` has no more bits than a double.
fn scaled(whole: f64, exponent: i64) -> f64 {
    if exponent > MOST_EXPONENT {
        return f64::INFINITY;
    }
    // In two exact steps: the power as a whole may be too small or too large for a double.
    let half = exponent / 2;
    whole * power(half) * power(exponent - half)
}

fn power(exponent: i64) -> f64 {
    f64::from_bits(((exponent + BIAS) as u64) << FRACTION_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> f64 {
        Rational::from_integers_ref(&numerator.into(), &denominator.into())
            .rounding_into(RoundingMode::Nearest)
            .0
    }

    #[test]
    fn quotients_are_rounded_once() {
        for (numerator, denominator) in [
            (1, 3),
            (-2, 3),
            (0, 7),
            (1, 10),
            (i64::MAX, 1),
            (i64::MIN, 3),
            (9, -3),
        ] {
            let expected = numerator as f64 / denominator as f64;
            assert_eq!(
                divided(numerator, denominator),
                expected,
                "{numerator} / {denominator}"
            );
        }
        let two = |power: u32| BigInt::from(1) << power;
        assert_eq!(divided(two(53) + 1, 1), 9007199254740992.0);
        assert_eq!(divided(two(53) + 3, 1), 9007199254740996.0);
        assert_eq!(divided(two(60) * 3, two(60) * 7), 3.0 / 7.0);
        assert_eq!(divided(1, two(1074)), 5e-324);
        assert_eq!(divided(1, two(1075)), 0.0);
        assert_eq!(divided(3, two(1075)), 1e-323);
        assert_eq!(divided(3, two(1076)), 5e-324);
        assert_eq!(divided(two(1024) - two(970) - 1, 1), f64::MAX);
        assert_eq!(divided(two(1024) - two(970), 1), f64::INFINITY);
        assert_eq!(divided(-two(5000), 1), f64::NEG_INFINITY);
        assert_eq!(divided(two(5000), two(4999)), 2.0);
    }

    #[test]
    fn floats_are_fractions_in_lowest_terms() {
        for (float, numerator, denominator) in
            [(0.5, 1_u64, 2_u64), (0.75, 3, 4), (6.0, 6, 1), (-2.5, 5, 2)]
        {
            let (found, over) = Rational::try_from(float)
                .unwrap()
                .into_numerator_and_denominator();
            assert_eq!(
                (found, over),
                (numerator.into(), denominator.into()),
                "{float}"
            );
        }
        let (one, least) = Rational::try_from(5e-324)
            .unwrap()
            .into_numerator_and_denominator();
        assert_eq!(
            (one, least),
            (BigUint::from(1_u8), BigUint::from(1_u8) << 1074)
        );
        assert!(Rational::try_from(f64::NAN).is_err());
    }
}
