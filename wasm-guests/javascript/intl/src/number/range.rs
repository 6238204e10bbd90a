//! Ranges of numbers: ICU's `NumberRangeFormatter` (numrange_impl.cpp), as V8 uses it.

use super::{
    counted,
    decimal::Value,
    format::{self, Layer},
    options::{Notation, Options},
};
use crate::{
    part::{self, Part, Parts},
    plural,
    tree::Node,
};

/// Values of [`Part::source`].
const SHARED: u8 = 0;
const START: u8 = 1;
const END: u8 = 2;

/// The parts of a range of numbers. Parts that both ends share appear once. If both ends read the same, the range is
/// one approximate number.
pub fn parts(from: &Value, to: &Value, options: &Options) -> Vec<Part> {
    let (start, end) = (End::of(from, options), End::of(to, options));
    let is_same = part::joined(&start.parts) == part::joined(&end.parts);
    if is_same && from.is_negative() == to.is_negative() {
        return format::approximation(from, options);
    }
    let numbers = options.locale.numbers_in(options.numbering);
    let mut parts = Parts::default();
    // The plural form of the unit depends on both ends.
    let form = plural::select_range(options.locale, start.form, end.form);
    let around = |form| match counted::around(options, form, numbers) {
        Some((before, Some(after))) => Some((before, after)),
        _ => None,
    };
    // A form that does not show the number cannot name a range.
    let name = around(form).or_else(|| around(plural::OTHER));
    let (before, after) = name.unwrap_or_default();
    let is_shared = start.affixes() == end.affixes() && start.affixes_length() > 1;
    let is_scientific = matches!(
        options.notation,
        Notation::Scientific | Notation::Engineering
    );
    let is_repeated = is_scientific || !is_shared && start.affixes_length() > 0;
    format::word(&before, options, &mut parts);
    let outer = |source| if is_shared { SHARED } else { source };
    start.write(Layer::Prefix, outer(START), &mut parts);
    start.write(Layer::PrefixSpace, outer(START), &mut parts);
    start.write(Layer::Number, START, &mut parts);
    if !is_shared {
        start.write(Layer::SuffixSpace, START, &mut parts);
        start.write(Layer::Suffix, START, &mut parts);
    }
    parts.from_source(SHARED);
    parts.literal(&separator(numbers, is_repeated));
    if !is_shared {
        end.write(Layer::Prefix, END, &mut parts);
        end.write(Layer::PrefixSpace, END, &mut parts);
    }
    end.write(Layer::Number, END, &mut parts);
    end.write(Layer::SuffixSpace, outer(END), &mut parts);
    end.write(Layer::Suffix, outer(END), &mut parts);
    parts.from_source(SHARED);
    format::word(&after, options, &mut parts);
    format::finished(parts.finish(), options)
}

/// The separator between the ends, with spaces around it if the ends have more than digits.
fn separator(numbers: Node, is_repeated: bool) -> String {
    let pattern = numbers.text_of("range");
    let between = pattern.replace("{0}", "").replace("{1}", "");
    if !is_repeated {
        return between;
    }
    let space = |has_space: bool| if has_space { "" } else { " " };
    format!(
        "{}{between}{}",
        space(between.starts_with(char::is_whitespace)),
        space(between.ends_with(char::is_whitespace))
    )
}

/// One end of a range: its parts, whose sources are their layers, and its plural form.
struct End {
    parts: Vec<Part>,
    form: &'static str,
}

impl End {
    fn of(value: &Value, options: &Options) -> Self {
        let (parts, form) = format::layered(value, options);
        Self { parts, form }
    }

    fn layer(&self, layer: Layer) -> impl Iterator<Item = &Part> {
        self.parts
            .iter()
            .filter(move |part| part.source == layer as u8)
    }

    /// Prefix and suffix, without the unit's name.
    fn affixes(&self) -> [String; 2] {
        [Layer::Prefix, Layer::Suffix]
            .map(|layer| self.layer(layer).map(|part| part.text.as_str()).collect())
    }

    /// Characters of prefix and suffix together.
    fn affixes_length(&self) -> usize {
        let affixes = self.affixes();
        affixes.iter().map(|affix| affix.chars().count()).sum()
    }

    fn write(&self, layer: Layer, source: u8, parts: &mut Parts) {
        parts.from_source(source);
        for part in self.layer(layer) {
            if part.kind == "literal" {
                parts.literal(&part.text);
            } else {
                parts.push(part.kind, part.text.clone());
            }
        }
    }
}
