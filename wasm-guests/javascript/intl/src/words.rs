//! What is said in words: `Intl.RelativeTimeFormat` and `Intl.ListFormat`.

use crate::{
    locale::Locale,
    number::{Options, Value, operands},
    plural::{self, Kind, Operands},
    tree::Node,
};

/// A time before or after another.
#[derive(Clone, Copy, Debug)]
pub struct Relative<'a> {
    /// As ECMA-402 calls it, in the singular.
    pub unit: &'a str,
    /// `long`, `short` or `narrow`.
    pub width: &'a str,
    /// Whether it is before.
    pub is_past: bool,
    /// Whether one day before may be called yesterday.
    pub has_words: bool,
}

/// What a number of units is called, with `{0}` for the number where it is told.
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

/// The patterns of two items, of the first, of those between and of the last, for a list whose last item is known.
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
    // Before two items and before the last of more.
    for index in [0, 3] {
        if let Some(pattern) = patterns.get_mut(index) {
            *pattern = pattern.replace(from, to);
        }
    }
    patterns
}

/// Spanish says `e` for `y` before another `i`, and `u` for `o` before another `o`; Hebrew sets its `and` apart from words
/// of other scripts: ICU's `ListFormatter` (listformatter.cpp).
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
