//! Scaled numbers, such as `1.2K` and `3 Mio.`

use super::{
    decimal::Decimal,
    options::{Notation, Options, Style},
    pattern::Pattern,
    round::{Shown, rounded},
};
use crate::{
    plural::{self, Kind, Operands},
    tree::Node,
};

/// A number as it is shown, after division by a power of ten.
pub struct Scaled {
    pub shown: Shown,
    /// The exponent of that power.
    pub power: i64,
    /// The pattern of the compact form, if there is one.
    pub pattern: Option<&'static str>,
}

impl Scaled {
    /// The digits before and behind the point of the undivided number. Plural forms depend on them.
    pub fn unscaled(&self) -> (String, String) {
        let behind = self.shown.fraction.len() as i64 - self.power;
        let number = self.shown.number.clone().shifted(self.power);
        number.text(1, usize::try_from(behind).unwrap_or_default())
    }
}

/// The number, scaled for the notation.
pub fn scaled(number: &Decimal, options: &Options) -> Scaled {
    let table = match options.notation {
        Notation::Standard => {
            return Scaled {
                shown: rounded(number, options),
                power: 0,
                pattern: None,
            };
        }
        Notation::Compact { is_long } => table(options, is_long),
        _ => None,
    };
    let power_of = |magnitude: i64| match options.notation {
        Notation::Scientific => magnitude,
        Notation::Engineering => magnitude.div_euclid(3) * 3,
        _ => power(table, magnitude),
    };
    let magnitude = number.magnitude();
    let mut power = if number.is_zero() {
        0
    } else {
        power_of(magnitude)
    };
    let mut shown = rounded(&number.clone().shifted(-power), options);
    // A carry can reach the next power: 999,999 is 1M, and not 1000K.
    if !number.is_zero() && shown.number.magnitude() + power > magnitude {
        let more = power_of(magnitude + 1);
        if more != power {
            power = more;
            shown = rounded(&number.clone().shifted(-power), options);
        }
    }
    let magnitude = shown.number.magnitude() + power;
    let pattern = entry(table, magnitude)
        .filter(|_| power != 0)
        .and_then(|entry| {
            let operands = Operands {
                whole: &shown.whole,
                fraction: &shown.fraction,
                power: 0,
            };
            let form = plural::select(options.locale, Kind::Cardinal, operands);
            let (whole, fraction) = shown.number.text(1, 0);
            let exact = if fraction.is_empty() {
                entry.get(&whole)
            } else {
                None
            };
            exact
                .or_else(|| entry.get(form))
                .or_else(|| entry.get("other"))
                .map(Node::text)
        });
    Scaled {
        shown,
        power,
        pattern,
    }
}

/// The compact forms by powers of ten.
fn table(options: &Options, is_long: bool) -> Option<Node> {
    let numbers = options.locale.numbers_in(options.numbering);
    let key = match options.style {
        Style::Currency { display, .. } if display != super::Currency::Name => "shortCurrency",
        _ if is_long => "long",
        _ => "short",
    };
    // A locale may have these forms for one numbering system only.
    numbers
        .get(key)
        .or_else(|| options.locale.numbers_in("latn").get(key))
}

fn entry(table: Option<Node>, magnitude: i64) -> Option<Node> {
    let table = table?;
    let index = usize::try_from(magnitude).ok()?;
    // Larger numbers use the largest form.
    table.at(index).or_else(|| table.items().last())
}

/// The power of ten by which numbers of a magnitude are divided.
fn power(table: Option<Node>, magnitude: i64) -> i64 {
    let Some(pattern) = entry(table, magnitude)
        .and_then(|entry| entry.get("other"))
        .map(Node::text)
    else {
        return 0;
    };
    if pattern == "0" {
        return 0;
    }
    let largest = table.map_or(0, |table| table.items().count() as i64 - 1);
    magnitude.min(largest) - Pattern::of(pattern).zeros as i64 + 1
}
