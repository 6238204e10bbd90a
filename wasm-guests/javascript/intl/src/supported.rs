//! Supported values: `Intl.supportedValuesOf` (ECMA-402, section 8.3.2).

use crate::{collation, date::zone, digits::Digits, locale::Locale, tree::Node};

/// Fraction digits of most currencies (ISO 4217).
const USUAL_CURRENCY_DIGITS: usize = 2;

/// The values for a key, in alphabetical order. `None` for an unknown key.
pub fn values(key: &str) -> Option<Vec<&'static str>> {
    Some(match key {
        "calendar" => vec!["buddhist", "gregory"],
        "collation" => collation::types(),
        "currency" => currencies().collect(),
        "numberingSystem" => Digits::systems().collect(),
        "timeZone" => zone::all(),
        "unit" => units().collect(),
        _ => return None,
    })
}

fn currencies() -> impl Iterator<Item = &'static str> {
    Locale::default()
        .numbers()
        .get("currencies")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(code, _)| code)
}

fn units() -> impl Iterator<Item = &'static str> {
    Node::root()
        .get("units")
        .into_iter()
        .flat_map(Node::items)
        .map(Node::text)
}

/// Whether it is one of ECMA-402's units (section 6.6.2), or one unit per another.
pub fn is_unit(unit: &str) -> bool {
    let is_single = |unit: &str| units().any(|known| known == unit);
    is_single(unit)
        || unit
            .split_once("-per-")
            .is_some_and(|(unit, per)| is_single(unit) && is_single(per))
}

/// Fraction digits of a currency.
pub fn currency_digits(code: &str) -> usize {
    let digits = Node::root()
        .find(&["fractions", code])
        .and_then(|digits| digits.text().parse().ok());
    digits.unwrap_or(USUAL_CURRENCY_DIGITS)
}
