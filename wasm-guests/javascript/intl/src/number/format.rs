//! Numbers written as text.

use super::{
    affix::{self, Symbols},
    compact::{Scaled, scaled},
    counted,
    decimal::Value,
    options::{Grouping, Notation, Options, Sign, Style},
    pattern::Pattern,
};
use crate::{
    part::{Part, Parts},
    plural::{self, Kind, Operands},
    tree::Node,
};

/// The position of a part, from the outside to the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The name of a unit or a currency.
    Name,
    /// A sign, a currency symbol, or the word of a compact number.
    Prefix,
    /// A space between prefix and digits.
    PrefixSpace,
    Number,
    /// A space between digits and suffix.
    SuffixSpace,
    /// Like a prefix, behind the number.
    Suffix,
}

/// The parts of a number's text.
pub fn parts(value: &Value, options: &Options) -> Vec<Part> {
    alone(value, options, "")
}

/// The parts of an approximate number's text.
pub fn approximation(value: &Value, options: &Options) -> Vec<Part> {
    let sign = options
        .locale
        .symbol(options.numbering, "approximatelySign");
    alone(value, options, sign)
}

fn alone(value: &Value, options: &Options, approximately: &str) -> Vec<Part> {
    let mut parts = Parts::default();
    write(value, options, approximately, false, &mut parts);
    let mut parts = parts.finish();
    parts.iter_mut().for_each(|part| part.source = 0);
    finished(parts, options)
}

/// The parts for one end of a range, and its plural form. The source of each part is its layer.
pub fn layered(value: &Value, options: &Options) -> (Vec<Part>, &'static str) {
    let mut parts = Parts::default();
    let form = write(value, options, "", true, &mut parts);
    (parts.finish(), form)
}

/// The parts in the form that ECMA-402 gives them.
pub fn finished(parts: Vec<Part>, options: &Options) -> Vec<Part> {
    let is_unit = matches!(options.style, Style::Unit { .. });
    let mut finished: Vec<Part> = Vec::with_capacity(parts.len());
    for mut part in parts {
        if is_unit && part.kind == "percentSign" {
            part.kind = "unit";
        }
        match finished.last_mut() {
            Some(last)
                if last.kind == "literal"
                    && part.kind == "literal"
                    && last.source == part.source =>
            {
                last.text += &part.text;
            }
            _ => finished.push(part),
        }
    }
    finished
}

/// Adds the name of a unit or a currency.
pub fn word(text: &str, options: &Options, parts: &mut Parts) {
    affix::word(text, counted::words(options), parts);
}

/// The digits before and behind the point, which decide on the plural form. `None` for infinity and NaN.
pub fn operands(value: &Value, options: &Options) -> Option<(String, String, i64)> {
    let Value::Finite(number) = value else {
        return None;
    };
    let scaled = scaled(number, options);
    let (whole, fraction) = scaled.unscaled();
    Some((whole, fraction, scaled.power))
}

/// Adds the parts of a number's text and returns its plural form. `approximately` is the sign before approximate
/// numbers, if there is one. The end of a range shows its digits even if the name of its unit says how many there are.
fn write(
    value: &Value,
    options: &Options,
    approximately: &str,
    is_end: bool,
    parts: &mut Parts,
) -> &'static str {
    let enter = |layer: Layer, parts: &mut Parts| parts.from_source(layer as u8);
    let numbers = options.locale.numbers_in(options.numbering);
    let symbol = |name: &str| numbers.find(&["symbols", name]).map_or("", Node::text);
    let (is_negative, scaled) = match value {
        Value::Finite(number) if options.style == Style::Percent => (
            number.is_negative,
            Some(scaled(&number.clone().shifted(2), options)),
        ),
        Value::Finite(number) => (number.is_negative, Some(scaled(number, options))),
        Value::Infinite { is_negative } => (*is_negative, None),
        Value::NotANumber => (false, None),
    };
    let is_zero = scaled
        .as_ref()
        .map_or(*value == Value::NotANumber, |scaled| {
            scaled.shown.number.is_zero()
        });
    let has_sign = has_sign(options.sign, is_negative, is_zero);
    let form = scaled
        .as_ref()
        .map_or(plural::OTHER, |scaled| form(scaled, options));
    let (before, after) = match counted::around(options, form, numbers) {
        None => (String::new(), String::new()),
        Some((before, Some(after))) => (before, after),
        Some((_, None)) if is_end => (String::new(), String::new()),
        Some((text, None)) => {
            word(&text, options, parts);
            return form;
        }
    };
    let currency = counted::currency(options);
    let symbols = Symbols {
        plus: symbol("plusSign"),
        percent: symbol("percentSign"),
        currency: &currency,
        sign: match (has_sign, is_negative) {
            (false, _) => None,
            (true, true) => Some(("minusSign", symbol("minusSign"))),
            (true, false) => Some(("plusSign", symbol("plusSign"))),
        },
        approximately,
    };
    let pattern = Pattern::of(numbers.text_of(counted::pattern(options)));
    let compact = scaled
        .as_ref()
        .and_then(|scaled| scaled.pattern)
        .map(Pattern::of);
    // The pattern of a compact currency contains the symbol.
    let (own, inner) = match compact {
        Some(compact) if compact.prefix.contains('¤') || compact.suffix.contains('¤') => {
            (compact, None)
        }
        other => (pattern, other),
    };
    let (prefix, suffix, sign) = match own.negative {
        Some((prefix, suffix))
            if has_sign && is_negative
                || (has_sign || !approximately.is_empty())
                    && (prefix.contains('-') || suffix.contains('-')) =>
        {
            (prefix, suffix, "")
        }
        _ if has_sign || !approximately.is_empty() => (own.prefix, own.suffix, "-"),
        _ => (own.prefix, own.suffix, ""),
    };
    let affix_words = if own == pattern { "literal" } else { "compact" };
    // Only digits would run together with a word beside them.
    let is_spaced =
        |beside: Option<char>| scaled.is_some() && beside.is_some_and(counted::needs_space);
    enter(Layer::Name, parts);
    word(&before, options, parts);
    enter(Layer::Prefix, parts);
    affix::write(sign, "literal", &symbols, parts);
    affix::write(prefix, affix_words, &symbols, parts);
    if prefix.ends_with('¤') && is_spaced(currency.chars().last()) {
        enter(Layer::PrefixSpace, parts);
        parts.literal(numbers.text_of("beforeNumber"));
        enter(Layer::Prefix, parts);
    }
    affix::write(
        inner.map_or("", |inner| inner.prefix),
        "compact",
        &symbols,
        parts,
    );
    enter(Layer::Number, parts);
    match &scaled {
        // A word such as Italian `mille` stands for the number, too.
        Some(_) if inner.is_some_and(|inner| inner.zeros == 0) => {}
        Some(scaled) => write_digits(scaled, options, numbers, pattern.groups, parts),
        None if *value == Value::NotANumber => parts.push("nan", symbol("nan").to_owned()),
        None => parts.push("infinity", symbol("infinity").to_owned()),
    }
    enter(Layer::Suffix, parts);
    affix::write(
        inner.map_or("", |inner| inner.suffix),
        "compact",
        &symbols,
        parts,
    );
    if suffix.starts_with('¤') && is_spaced(currency.chars().next()) {
        enter(Layer::SuffixSpace, parts);
        parts.literal(numbers.text_of("afterNumber"));
        enter(Layer::Suffix, parts);
    }
    affix::write(suffix, affix_words, &symbols, parts);
    enter(Layer::Name, parts);
    word(&after, options, parts);
    form
}

fn has_sign(sign: Sign, is_negative: bool, is_zero: bool) -> bool {
    match sign {
        Sign::Never => false,
        Sign::Auto => is_negative,
        Sign::Always => true,
        Sign::ExceptZero => !is_zero,
        Sign::Negative => is_negative && !is_zero,
    }
}

/// The plural form for the number.
fn form(scaled: &Scaled, options: &Options) -> &'static str {
    let (whole, fraction) = scaled.unscaled();
    let operands = Operands {
        whole: &whole,
        fraction: &fraction,
        power: scaled.power,
    };
    plural::select(options.locale, Kind::Cardinal, operands)
}

fn write_digits(
    scaled: &Scaled,
    options: &Options,
    numbers: Node,
    groups: (usize, usize),
    parts: &mut Parts,
) {
    let symbol = |name: &str| numbers.find(&["symbols", name]).map_or("", Node::text);
    let is_currency = matches!(options.style, Style::Currency { .. });
    let symbol_for = |own: &str, general: &str| match symbol(own) {
        own if is_currency && !own.is_empty() => own,
        _ => symbol(general),
    };
    let whole = &scaled.shown.whole;
    let least = match options.grouping {
        Grouping::Never => usize::MAX,
        Grouping::Always => 1,
        Grouping::AtLeastTwo => 2,
        Grouping::Auto if matches!(options.notation, Notation::Compact { .. }) => 2,
        Grouping::Auto => options
            .locale
            .numbers()
            .text_of("minimumGroupingDigits")
            .parse()
            .unwrap_or(1),
    };
    let (last, others) = groups;
    let is_scientific = matches!(
        options.notation,
        Notation::Scientific | Notation::Engineering
    );
    if last == 0 || least == usize::MAX || whole.len() < last + least {
        parts.push("integer", options.digits.write(whole));
    } else {
        let mut start = 0;
        let mut end = (whole.len() - last) % others;
        if end == 0 {
            end = others.min(whole.len() - last);
        }
        while start < whole.len() {
            if start > 0 {
                parts.push("group", symbol_for("currencyGroup", "group").to_owned());
            }
            parts.push("integer", options.digits.write(&whole[start..end]));
            start = end;
            end = if whole.len() - start > last {
                start + others
            } else {
                whole.len()
            };
        }
    }
    if !scaled.shown.fraction.is_empty() {
        parts.push(
            "decimal",
            symbol_for("currencyDecimal", "decimal").to_owned(),
        );
        parts.push("fraction", options.digits.write(&scaled.shown.fraction));
    }
    if is_scientific {
        parts.push("exponentSeparator", symbol("exponential").to_owned());
        if scaled.power < 0 {
            affix::word(symbol("minusSign"), "exponentMinusSign", parts);
        }
        parts.push(
            "exponentInteger",
            options
                .digits
                .write(&scaled.power.unsigned_abs().to_string()),
        );
    }
}
