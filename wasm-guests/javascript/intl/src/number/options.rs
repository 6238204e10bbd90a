//! The resolved options of a `NumberFormat` (ECMA-402, section 16.1).

use super::decimal::Mode;
use crate::{digits::Digits, locale::Locale};

/// All options.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Debug)]
pub struct Options<'a> {
    pub locale: Locale,
    pub numbering: &'a str,
    pub digits: Digits,
    pub style: Style<'a>,
    pub notation: Notation,
    pub sign: Sign,
    pub grouping: Grouping,
    pub minimum_integer: usize,
    pub fraction: Option<(usize, usize)>,
    pub significant: Option<(usize, usize)>,
    pub priority: Priority,
    pub increment: u32,
    pub mode: Mode,
    pub strip_if_integer: bool,
}

/// What is counted.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style<'a> {
    Decimal,
    Percent,
    Currency {
        code: &'a str,
        display: Currency,
        is_accounting: bool,
    },
    Unit {
        unit: &'a str,
        display: Display,
    },
}

/// The form of a currency.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Symbol,
    NarrowSymbol,
    Code,
    Name,
}

/// The form of a unit.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    Short,
    Narrow,
    Long,
}

impl Display {
    /// The name of the form in CLDR's data.
    pub fn key(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Narrow => "narrow",
            Self::Long => "long",
        }
    }
}

/// The notation: `1234`, `1.234E3`, `1.2K`.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Standard,
    Scientific,
    Engineering,
    Compact { is_long: bool },
}

/// Which numbers show a sign.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Auto,
    Never,
    Always,
    ExceptZero,
    Negative,
}

/// Which numbers have groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// No numbers.
    Never,
    /// As is usual in the locale.
    Auto,
    /// All numbers.
    Always,
    /// Numbers with at least two digits before the first separator.
    AtLeastTwo,
}

/// Which rule wins if both fraction digits and significant digits are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Significant digits, if they are limited.
    Auto,
    /// The rule that shows more digits.
    MorePrecision,
    /// The rule that shows fewer digits.
    LessPrecision,
}
