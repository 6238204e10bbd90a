//! The texts around a number that say what it counts: money, units, percentages.

use super::options::{Currency, Display, Notation, Options, Style};
use crate::tree::Node;

/// Whether the pattern for percentages is used. As in ICU, the full unit name and compact percentages use the pattern
/// for units.
fn is_percentage(options: &Options) -> bool {
    let is_compact = matches!(options.notation, Notation::Compact { .. });
    let is_percent = match options.style {
        Style::Unit { unit, display } => {
            display != Display::Long && (unit == "percent" || unit.starts_with("percent-per-"))
        }
        style => style == Style::Percent,
    };
    is_percent && !is_compact
}

/// Whether a space must keep the character apart from a digit.
pub fn needs_space(character: char) -> bool {
    character.is_alphanumeric() || character == '.'
}

/// The kind of the parts that name a unit or currency.
pub fn words(options: &Options) -> &'static str {
    match options.style {
        Style::Unit { .. } | Style::Percent => "unit",
        _ => "currency",
    }
}

/// The name of the number's pattern in CLDR.
pub fn pattern(options: &Options) -> &'static str {
    match options.style {
        _ if is_percentage(options) => "percent",
        Style::Currency {
            display: Currency::Name,
            ..
        } => "decimal",
        Style::Currency {
            is_accounting: true,
            ..
        } => "accounting",
        Style::Currency { .. } => "currency",
        _ => "decimal",
    }
}

/// The text for the `¤` of a pattern.
pub fn currency(options: &Options) -> String {
    let Style::Currency { code, display, .. } = options.style else {
        return String::new();
    };
    let names = options.locale.numbers().find(&["currencies", code]);
    let symbol = |name: &str| names.and_then(|names| names.get(name)).map(Node::text);
    let text = match display {
        Currency::Code | Currency::Name => None,
        Currency::Symbol => symbol("symbol"),
        Currency::NarrowSymbol => symbol("narrow").or_else(|| symbol("symbol")),
    };
    text.unwrap_or(code).to_owned()
}

/// The texts before and behind the number, of a unit or a currency's name. The second is `None` for forms that do not
/// show the number, such as Arabic's for two.
pub fn around(options: &Options, form: &str, numbers: Node) -> Option<(String, Option<String>)> {
    let of_form = |node: Node| node.get(form).or_else(|| node.get("other")).map(Node::text);
    if is_percentage(options) {
        return None;
    }
    let template = match options.style {
        // As in ICU, a compact percentage is written as a unit.
        Style::Percent if matches!(options.notation, Notation::Compact { .. }) => of_form(
            options
                .locale
                .numbers()
                .find(&["units", "short", "units", "percent"])?,
        )?
        .to_owned(),
        Style::Currency {
            code,
            display: Currency::Name,
            ..
        } => {
            let template = of_form(numbers.get("currencyUnits")?)?;
            let names = options.locale.numbers().find(&["currencies", code]);
            let name = names
                .and_then(|names| of_form(names).or_else(|| names.get("name").map(Node::text)));
            template.replace("{1}", name.unwrap_or(code))
        }
        Style::Unit { unit, display } => {
            let units = options.locale.numbers().find(&["units", display.key()])?;
            let known = |name: &str| units.find(&["units", name]);
            match known(unit) {
                Some(unit) => of_form(unit)?.to_owned(),
                None => {
                    let (unit, per) = unit.split_once("-per-")?;
                    let (unit, per) = (of_form(known(unit)?)?, known(per)?);
                    match per.get("per") {
                        Some(template) => template.text().replace("{0}", unit),
                        None => {
                            let one = per
                                .get("one")
                                .or_else(|| per.get("other"))
                                .map_or("", Node::text);
                            let name = one.replace("{0}", "");
                            units
                                .text_of("per")
                                .replace("{0}", unit)
                                .replace("{1}", name.trim())
                        }
                    }
                }
            }
        }
        _ => return None,
    };
    Some(match template.split_once("{0}") {
        Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
        None => (template, None),
    })
}
