//! Phrases: `Intl.RelativeTimeFormat` and `Intl.ListFormat`.

use crate::{
    locale::Locale,
    number::{Options, Value, operands},
    plural::{self, Kind, Operands},
    tree::Node,
};

/// A time relative to another.
#[derive(Clone, Copy, Debug)]
pub struct Relative<'a> {
    /// The unit's name in ECMA-402, in the singular.
    pub unit: &'a str,
    /// `long`, `short` or `narrow`.
    pub width: &'a str,
    /// Whether the time is in the past.
    pub is_past: bool,
    /// Whether words such as `yesterday` are allowed.
    pub has_words: bool,
}

/// The phrase for a relative time. `{0}` stands for the number, if the phrase names it.
pub fn relative(asked: &Relative, value: &Value, options: &Options) -> &'static str {
    let data = options
        .locale
        .find(&["dates", "relative", asked.unit, asked.width]);
    let Some((whole, fraction, power)) = operands(value, options) else {
        return "{0}";
    };
    if asked.has_words && fraction.is_empty() {
        let sign = if asked.is_past && whole != "0" {
            "-"
        } else {
            ""
        };
        let word = data.and_then(|data| data.get("words")?.get(&format!("{sign}{whole}")));
        if let Some(word) = word {
            return word.text();
        }
    }
    let operands = Operands {
        whole: &whole,
        fraction: &fraction,
        power,
    };
    let form = plural::select(options.locale, Kind::Cardinal, operands);
    let patterns = data.and_then(|data| data.get(if asked.is_past { "past" } else { "future" }));
    let of = |form| patterns.and_then(|patterns| patterns.get(form));
    of(form)
        .or_else(|| of(plural::OTHER))
        .map_or("{0}", Node::text)
}

/// The patterns for two items, for the first item, for items in the middle and for the last item. They depend on the
/// last item.
pub fn list_patterns(locale: Locale, kind: &str, style: &str, last: &str) -> Vec<String> {
    let kind = match kind {
        "disjunction" => "or",
        "unit" => "unit",
        _ => "standard",
    };
    let name = match style {
        "long" => format!("listPattern-type-{kind}"),
        style => format!("listPattern-type-{kind}-{style}"),
    };
    let patterns = locale
        .find(&["lists", &name])
        .into_iter()
        .flat_map(Node::items);
    let mut patterns: Vec<String> = patterns.map(|pattern| pattern.text().to_owned()).collect();
    let Some((from, to)) = euphonic(locale.language(), last) else {
        return patterns;
    };
    // Two items, and the last of more, are joined by the word.
    for index in [0, 3] {
        if let Some(pattern) = patterns.get_mut(index) {
            *pattern = pattern.replace(from, to);
        }
    }
    patterns
}

/// The word for "and" or "or" in front of certain words: Spanish `e` for `y` before an `i` and `u` for `o` before an
/// `o`, and Hebrew with a hyphen before other scripts. It follows ICU's `ListFormatter` (listformatter.cpp).
fn euphonic(language: &str, last: &str) -> Option<(&'static str, &'static str)> {
    let lower = last.to_lowercase();
    let begins = |beginnings: &[&str]| {
        beginnings
            .iter()
            .any(|beginning| lower.starts_with(beginning))
    };
    match language {
        "es" if begins(&["i", "hi"]) && !begins(&["hia", "hie"]) => Some((" y ", " e ")),
        "es" if begins(&["o", "ho", "8"]) || lower == "11" || lower.starts_with("11 ") => {
            Some((" o ", " u "))
        }
        "he" if !last.starts_with(|first| ('\u{5d0}'..='\u{5ea}').contains(&first)) => {
            Some((" ו{1}", " ו-{1}"))
        }
        _ => None,
    }
}
