//! Decimal numbers of any length, and how they are rounded (ECMA-402, section 16.5).

/// A number as its decimal digits: `0.d₁d₂…` times ten to the power of `point`. Zero has no digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Whether there is a minus sign. Zero can have one.
    pub is_negative: bool,
    digits: Vec<u8>,
    point: i64,
}

/// More digits than any increment has.
const INCREMENT_DIGITS: usize = 6;

/// The value of a numeral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Finite(Decimal),
    /// Infinity.
    Infinite {
        /// Whether it is negative infinity.
        is_negative: bool,
    },
    /// The value of a text that is not a numeral.
    NotANumber,
}

/// Largest power of ten. Larger numbers become infinite, smaller ones zero.
const MAX_POWER: i64 = 10_000;

impl Value {
    /// Whether the value is below zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Finite(number) => number.is_negative && !number.is_zero(),
            Self::Infinite { is_negative } => *is_negative,
            Self::NotANumber => false,
        }
    }

    /// Parses a numeral as ECMAScript writes it: `-1.5e-7`, `Infinity`, `-0`.
    pub fn parse(text: &str) -> Self {
        let (is_negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if digits == "Infinity" {
            return Self::Infinite { is_negative };
        }
        let (number, power) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_numeral = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let sign = if power.starts_with('-') { -1 } else { 1 };
        let power_digits = power.trim_start_matches(['+', '-']);
        if whole.len() + fraction.len() == 0
            || ![whole, fraction, power_digits].into_iter().all(is_numeral)
        {
            return Self::NotANumber;
        }
        let power = sign * power_digits.parse::<i64>().unwrap_or(i64::from(u32::MAX));
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0')
            .collect();
        let point = whole.len() as i64 + power;
        let mut decimal = Decimal {
            is_negative,
            digits,
            point,
        };
        decimal.trim();
        if !decimal.is_zero() && decimal.point > MAX_POWER {
            return Self::Infinite { is_negative };
        }
        if decimal.point < -MAX_POWER {
            decimal.digits.clear();
            decimal.trim();
        }
        Self::Finite(decimal)
    }
}

/// Rounding modes (ECMA-402, section 16.5.5).
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Ceil,
    Floor,
    Expand,
    Trunc,
    HalfCeil,
    HalfFloor,
    HalfExpand,
    HalfTrunc,
    HalfEven,
}

impl Mode {
    /// The mode with this name in ECMA-402.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ceil" => Self::Ceil,
            "floor" => Self::Floor,
            "expand" => Self::Expand,
            "trunc" => Self::Trunc,
            "halfCeil" => Self::HalfCeil,
            "halfFloor" => Self::HalfFloor,
            "halfExpand" => Self::HalfExpand,
            "halfTrunc" => Self::HalfTrunc,
            "halfEven" => Self::HalfEven,
            _ => return None,
        })
    }

    fn goes_up(
        self,
        is_negative: bool,
        rest: std::cmp::Ordering,
        is_nothing: bool,
        is_odd: bool,
    ) -> bool {
        use std::cmp::Ordering::{Equal, Greater};
        if is_nothing {
            return false;
        }
        match self {
            Self::Ceil => !is_negative,
            Self::Floor => is_negative,
            Self::Expand => true,
            Self::Trunc => false,
            _ if rest != Equal => rest == Greater,
            Self::HalfCeil => !is_negative,
            Self::HalfFloor => is_negative,
            Self::HalfExpand => true,
            Self::HalfTrunc => false,
            Self::HalfEven => is_odd,
        }
    }
}

impl Decimal {
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The power of ten of the first digit: 2 for 123, and 0 for zero.
    pub fn magnitude(&self) -> i64 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// The number times a power of ten.
    pub fn shifted(mut self, power: i64) -> Self {
        if !self.is_zero() {
            self.point += power;
        }
        self
    }

    /// The digit for 10 to the power of `place`.
    fn digit(&self, place: i64) -> u8 {
        let index = self.point - 1 - place;
        usize::try_from(index)
            .ok()
            .and_then(|index| self.digits.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// The number rounded to a multiple of `increment` (1, 10, 20, 25, 50 and so on) times 10 to the power of `place`.
    pub fn rounded(self, place: i64, increment: u32, mode: Mode) -> Self {
        if increment == 1 {
            return self.rounded_to(place, mode);
        }
        // One more digit makes half an increment a whole number.
        let (place, increment) = (place - 1, increment * 10);
        let kept = usize::try_from((self.point - place).max(0)).unwrap_or_default();
        let head: Vec<u8> = (0..kept)
            .map(|index| self.digits.get(index).copied().unwrap_or_default())
            .collect();
        let has_more =
            self.digits.len() > kept && self.digits[kept..].iter().any(|&digit| digit != 0);
        let mut quotient = Vec::with_capacity(head.len());
        let mut rest = 0;
        for &digit in &head {
            let value = rest * 10 + u32::from(digit);
            quotient.push((value / increment) as u8);
            rest = value % increment;
        }
        let half = (2 * rest).cmp(&increment).then(if has_more {
            std::cmp::Ordering::Greater
        } else {
            std::cmp::Ordering::Equal
        });
        let is_odd = quotient.last().is_some_and(|digit| digit % 2 == 1);
        let up = mode.goes_up(self.is_negative, half, rest == 0 && !has_more, is_odd);
        let mut carry = u32::from(up);
        let mut product = vec![0; quotient.len() + INCREMENT_DIGITS];
        // From the quotient back to the number: multiply by the increment.
        let mut value = 0;
        for index in (0..product.len()).rev() {
            let digit = if index >= INCREMENT_DIGITS {
                u32::from(quotient[index - INCREMENT_DIGITS]) + std::mem::take(&mut carry)
            } else {
                std::mem::take(&mut carry)
            };
            value += digit * increment;
            product[index] = (value % 10) as u8;
            value /= 10;
        }
        let point = product.len() as i64 + place;
        let mut rounded = Self {
            is_negative: self.is_negative,
            digits: product,
            point,
        };
        rounded.trim();
        rounded
    }

    fn rounded_to(mut self, place: i64, mode: Mode) -> Self {
        let kept = self.point - place;
        if self.is_zero() || kept >= self.digits.len() as i64 {
            return self;
        }
        let is_odd = self.digit(place) % 2 == 1;
        let (half, is_nothing) = if kept < 0 {
            (std::cmp::Ordering::Less, false)
        } else {
            let rest = &self.digits[kept as usize..];
            let more = rest[1..].iter().any(|&digit| digit != 0);
            (
                rest[0].cmp(&5).then(if more {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Equal
                }),
                rest[0] == 0 && !more,
            )
        };
        let up = mode.goes_up(self.is_negative, half, is_nothing, is_odd);
        self.digits
            .truncate(usize::try_from(kept).unwrap_or_default());
        if up {
            let mut index = self.digits.len();
            loop {
                if index == 0 {
                    self.digits.insert(0, 1);
                    self.point = self.point.max(place) + 1;
                    break;
                }
                index -= 1;
                self.digits[index] += 1;
                if self.digits[index] < 10 {
                    break;
                }
                self.digits[index] = 0;
            }
        }
        self.trim();
        self
    }

    fn trim(&mut self) {
        let zeros = self.digits.iter().take_while(|&&digit| digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= zeros as i64;
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// The digits before and behind the point, with zeros up to the least numbers of digits.
    pub fn text(&self, least_whole: usize, least_fraction: usize) -> (String, String) {
        let character = |place| char::from(b'0' + self.digit(place));
        let whole_digits = self.point.max(0).max(least_whole as i64);
        let whole: String = (0..whole_digits).rev().map(character).collect();
        let fraction_digits = (self.digits.len() as i64 - self.point).max(0);
        let fraction_digits =
            if self.is_zero() { 0 } else { fraction_digits }.max(least_fraction as i64);
        let fraction: String = (1..=fraction_digits)
            .map(|place| character(-place))
            .collect();
        (
            if whole.is_empty() {
                "0".to_owned()
            } else {
                whole
            },
            fraction,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        match Value::parse(text) {
            Value::Finite(decimal) => decimal,
            other => panic!("{other:?}"),
        }
    }

    fn rounded(text: &str, place: i64, increment: u32, mode: Mode) -> String {
        let (whole, fraction) = decimal(text).rounded(place, increment, mode).text(1, 0);
        if fraction.is_empty() {
            whole
        } else {
            format!("{whole}.{fraction}")
        }
    }

    #[test]
    fn rounds_as_the_modes_say() {
        use Mode::*;
        for (text, place, increment, mode, expected) in [
            ("1.005", -2, 1, HalfExpand, "1.01"),
            ("999.5", 0, 1, HalfExpand, "1000"),
            ("0.05", -1, 1, HalfExpand, "0.1"),
            ("0.04", -1, 1, HalfExpand, "0"),
            ("0.004", -1, 1, Expand, "0.1"),
            ("2.5", 0, 1, HalfEven, "2"),
            ("3.5", 0, 1, HalfEven, "4"),
            ("-2.5", 0, 1, HalfCeil, "2"),
            ("-2.5", 0, 1, HalfFloor, "3"),
            ("2.1", 0, 1, Ceil, "3"),
            ("-2.1", 0, 1, Ceil, "2"),
            ("1.13", -2, 5, HalfExpand, "1.15"),
            ("1.125", -2, 25, HalfExpand, "1.25"),
            ("1.12", -2, 25, HalfExpand, "1"),
            ("9.99", -2, 50, HalfExpand, "10"),
            ("1234", 2, 1, HalfExpand, "1200"),
            ("5", 1, 1, HalfExpand, "10"),
            ("0.3", 1, 1, HalfExpand, "0"),
            ("1e21", 0, 1, HalfExpand, "1000000000000000000000"),
        ] {
            assert_eq!(
                rounded(text, place, increment, mode),
                expected,
                "{text} {place} {increment} {mode:?}"
            );
        }
    }

    #[test]
    fn reads_what_the_language_writes() {
        assert_eq!(
            decimal("1.5e-7").text(1, 0),
            ("0".to_owned(), "00000015".to_owned())
        );
        assert_eq!(
            decimal("-0"),
            Decimal {
                is_negative: true,
                digits: vec![],
                point: 0
            }
        );
        assert_eq!(
            Value::parse("-Infinity"),
            Value::Infinite { is_negative: true }
        );
        assert_eq!(
            Value::parse("1e99999999999999999999"),
            Value::Infinite { is_negative: false }
        );
        assert!(decimal("1e-99999999999999999999").is_zero());
        for text in ["", "NaN", "1_0", "e5", ".", "1e5e5", "0x1"] {
            assert_eq!(Value::parse(text), Value::NotANumber, "{text}");
        }
    }
}
