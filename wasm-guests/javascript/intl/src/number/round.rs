//! Rounding to the digits that a format shows.

use super::{
    decimal::Decimal,
    options::{Options, Priority},
};

/// A rounded number's digits.
#[derive(Debug)]
pub struct Shown {
    pub number: Decimal,
    pub whole: String,
    pub fraction: String,
}

/// Rounds a number: ECMA-402, section 16.5.3 (FormatNumericToString).
pub fn rounded(number: &Decimal, options: &Options) -> Shown {
    let by_significance = |(least, most): (usize, usize)| {
        let place = number.magnitude() - most as i64 + 1;
        let rounded = number.clone().rounded(place, 1, options.mode);
        // After rounding: a carry may have added a digit.
        let behind = least as i64 - 1 - rounded.magnitude();
        (place, rounded, usize::try_from(behind).unwrap_or_default())
    };
    let by_fraction = |(least, most): (usize, usize)| {
        let place = -(most as i64);
        (
            place,
            number
                .clone()
                .rounded(place, options.increment, options.mode),
            least,
        )
    };
    let (_, number, least_fraction) =
        match (options.significant, options.fraction, options.priority) {
            (
                Some(significant),
                Some(fraction),
                priority @ (Priority::MorePrecision | Priority::LessPrecision),
            ) => {
                let (significant, fraction) = (by_significance(significant), by_fraction(fraction));
                let more = priority == Priority::MorePrecision;
                let chosen = if (significant.0 <= fraction.0) == more {
                    &significant
                } else {
                    &fraction
                };
                chosen.clone()
            }
            (Some(significant), ..) => by_significance(significant),
            (None, Some(fraction), _) => by_fraction(fraction),
            (None, None, _) => by_fraction((0, 0)),
        };
    let (whole, mut fraction) = number.text(options.minimum_integer, least_fraction);
    if options.strip_if_integer && fraction.bytes().all(|digit| digit == b'0') {
        fraction.clear();
    }
    Shown {
        number,
        whole,
        fraction,
    }
}
