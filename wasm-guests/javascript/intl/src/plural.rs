//! Plural forms: CLDR's rules (UTS 35, part 3, section 5), interpreted in their textual form.

use crate::{locale::Locale, tree::Node};

/// Kinds of plural forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `1 day`, `2 days`
    Cardinal,
    /// `1st`, `2nd`
    Ordinal,
}

/// The digits of a number as it is shown, which decide on its form.
#[derive(Clone, Copy, Debug)]
pub struct Operands<'a> {
    /// Digits before the point.
    pub whole: &'a str,
    /// Digits behind the point.
    pub fraction: &'a str,
    /// The power of ten by which a compact form has divided the number.
    pub power: i64,
}

/// Larger numbers are represented by their last digits.
const LARGE: u64 = 1_000_000_000_000_000_000;

/// The form that every language has.
pub const OTHER: &str = "other";

/// The form of a number.
pub fn select(locale: Locale, kind: Kind, operands: Operands) -> &'static str {
    let rules = rules(locale, kind).into_iter().flat_map(Node::items);
    rules
        .filter_map(|rule| Some((rule.at(0)?.text(), rule.at(1)?.text())))
        .find(|(_, condition)| holds(condition, &operands))
        .map_or(OTHER, |(form, _)| form)
}

/// The form for a range, from the forms of its ends.
pub fn select_range(locale: Locale, start: &str, end: &'static str) -> &'static str {
    let ranges = Node::root()
        .get("pluralRanges")
        .and_then(|ranges| ranges.get(locale.language()));
    match ranges {
        Some(ranges) => ranges
            .get(&format!("{start}-{end}"))
            .map_or(end, Node::text),
        None => OTHER,
    }
}

/// The forms of a language, in CLDR's order.
pub fn forms(locale: Locale, kind: Kind) -> Vec<&'static str> {
    let rules = rules(locale, kind).into_iter().flat_map(Node::items);
    rules
        .filter_map(|rule| rule.at(0))
        .map(Node::text)
        .chain([OTHER])
        .collect()
}

fn rules(locale: Locale, kind: Kind) -> Option<Node> {
    let kind = match kind {
        Kind::Cardinal => "cardinal",
        Kind::Ordinal => "ordinal",
    };
    let rules = Node::root().find(&["plurals", kind])?;
    rules
        .get(locale.id())
        .or_else(|| rules.get(locale.language()))
}

fn holds(condition: &str, operands: &Operands) -> bool {
    condition.split(" or ").any(|all| {
        all.split(" and ")
            .all(|relation| relation_holds(relation, operands).unwrap_or(false))
    })
}

/// Whether a relation such as `i % 10 != 2..4,7` holds. `None` if it is malformed.
fn relation_holds(relation: &str, operands: &Operands) -> Option<bool> {
    let (left, right) = relation.split_once('=')?;
    let (left, is_negated) = match left.strip_suffix('!') {
        Some(left) => (left, true),
        None => (left, false),
    };
    let (operand, modulus) = match left.split_once('%') {
        Some((operand, modulus)) => (operand, Some(modulus.trim().parse::<u64>().ok()?)),
        None => (left, None),
    };
    let value = operands.value(operand.trim())?;
    let value = value.map(|value| modulus.map_or(value, |modulus| value % modulus));
    let is_in = right.split(',').any(|range| {
        let range = range.trim();
        let (low, high) = range.split_once("..").unwrap_or((range, range));
        match (value, low.parse::<u64>(), high.parse::<u64>()) {
            (Some(value), Ok(low), Ok(high)) => (low..=high).contains(&value),
            _ => false,
        }
    });
    Some(is_in != is_negated)
}

impl Operands<'_> {
    /// The value of an operand. `None` for an unknown operand, `Some(None)` for a number that is not whole.
    fn value(&self, operand: &str) -> Option<Option<u64>> {
        let shown = self.fraction.trim_end_matches('0');
        Some(match operand {
            "n" if !shown.is_empty() => None,
            "n" | "i" => {
                Some(number(self.whole) % LARGE + if self.whole.len() > 18 { LARGE } else { 0 })
            }
            "v" => Some(self.fraction.len() as u64),
            "w" => Some(shown.len() as u64),
            "f" => Some(number(self.fraction)),
            "t" => Some(number(shown)),
            "c" | "e" => Some(self.power.unsigned_abs()),
            _ => return None,
        })
    }
}

/// The number of the last 18 digits.
fn number(digits: &str) -> u64 {
    let start = digits.len().saturating_sub(18);
    digits
        .get(start..)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}
