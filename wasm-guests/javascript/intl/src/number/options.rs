//! What a `NumberFormat` keeps (ECMA-402, section 16.1).

use super::decimal::Mode;
use crate::{digits::Digits, locale::Locale};

/// All of it.
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

/// How a currency is written.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Symbol,
    NarrowSymbol,
    Code,
    Name,
}

/// How much room a word may have.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    Short,
    Narrow,
    Long,
}

impl Display {
    /// As the data call it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Narrow => "narrow",
            Self::Long => "long",
        }
    }
}

/// `1234`, `1.234E3`, `1.2K`.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    Standard,
    Scientific,
    Engineering,
    Compact { is_long: bool },
}

/// Which numbers have a sign.
#[expect(missing_docs, reason = "the names are ECMA-402's")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Auto,
    Never,
    Always,
    ExceptZero,
    Negative,
}

/// Which numbers have their thousands set apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    Never,
    /// As is usual in the locale.
    Auto,
    /// All.
    Always,
    /// Those of two digits before the separator.
    AtLeastTwo,
}

/// Which counts where digits behind the point and digits of significance are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Digits of significance, where they are limited at all.
    Auto,
    /// What shows more.
    MorePrecision,
    /// What shows less.
    LessPrecision,
}
