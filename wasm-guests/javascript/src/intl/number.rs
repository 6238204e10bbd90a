//! The native part of `Intl.NumberFormat` and `Intl.PluralRules`.

use javy::quickjs::{FromJs, Object, Result, function::Func};
use switchhook_intl::{
    number::{
        self, Currency, Display, Grouping, Mode, Notation, Options, Priority, Sign, Style, Value,
    },
    part::joined,
    plural::{self, Kind, Operands},
    supported,
};

use super::{
    date::{listed, with_ends},
    named,
};

pub fn install(native: &Object) -> Result<()> {
    native.set(
        "isUnit",
        Func::from(|unit: String| supported::is_unit(&unit)),
    )?;
    native.set(
        "currencyDigits",
        Func::from(|code: String| supported::currency_digits(&code)),
    )?;
    native.set("timeSeparator", Func::from(time_separator))?;
    native.set("numberText", Func::from(text))?;
    native.set("numberParts", Func::from(parts))?;
    native.set("numberRange", Func::from(range))?;
    native.set("pluralForm", Func::from(form))?;
    native.set("pluralRange", Func::from(form_of_range))?;
    native.set(
        "pluralForms",
        Func::from(|name: String, kind: String| plural::forms(named(&name), kind_named(&kind))),
    )
}

/// The separator between hours and minutes of a duration.
fn time_separator(name: String, numbering: String) -> &'static str {
    named(&name).symbol(&numbering, "timeSeparator")
}

fn text(format: Object, value: String) -> Result<String> {
    with_options(&format, |options| {
        joined(&number::parts(&Value::parse(&value), options))
    })
}

fn parts(format: Object, value: String) -> Result<Vec<String>> {
    with_options(&format, |options| {
        listed(number::parts(&Value::parse(&value), options))
    })
}

/// The parts of a range, flattened: kind, text, end; kind, text, end; …
fn range(format: Object, from: String, to: String) -> Result<Vec<String>> {
    with_options(&format, |options| {
        with_ends(number::range(
            &Value::parse(&from),
            &Value::parse(&to),
            options,
        ))
    })
}

fn form(rules: Object, value: String) -> Result<&'static str> {
    let kind = kind_of(&rules)?;
    with_options(&rules, |options| form_of(kind, &value, options))
}

fn form_of_range(rules: Object, start: String, end: String) -> Result<&'static str> {
    let kind = kind_of(&rules)?;
    with_options(&rules, |options| {
        let (start, end) = (form_of(kind, &start, options), form_of(kind, &end, options));
        plural::select_range(options.locale, start, end)
    })
}

fn form_of(kind: Kind, value: &str, options: &Options) -> &'static str {
    match number::operands(&Value::parse(value), options) {
        Some((whole, fraction, power)) => plural::select(
            options.locale,
            kind,
            Operands {
                whole: &whole,
                fraction: &fraction,
                power,
            },
        ),
        None => plural::OTHER,
    }
}

fn kind_of(rules: &Object) -> Result<Kind> {
    let kind: String = rules.get("type")?;
    Ok(kind_named(&kind))
}

fn kind_named(name: &str) -> Kind {
    if name == "ordinal" {
        Kind::Ordinal
    } else {
        Kind::Cardinal
    }
}

/// Runs `work` with an object's resolved options. The scripts have checked the options, so each has a value that
/// ECMA-402 allows.
pub fn with_options<R>(format: &Object, work: impl FnOnce(&Options) -> R) -> Result<R> {
    let word = |key: &str| -> Result<String> { Ok(optional(format, key)?.unwrap_or_default()) };
    let number = |key: &str| -> Result<Option<usize>> { optional(format, key) };
    let name = word("name")?;
    let locale = named(&name);
    let numbering = word("numbering")?;
    let (currency, unit) = (word("currency")?, word("unit")?);
    let style = match word("style")?.as_str() {
        "percent" => Style::Percent,
        "currency" => Style::Currency {
            code: &currency,
            display: match word("currencyDisplay")?.as_str() {
                "code" => Currency::Code,
                "name" => Currency::Name,
                "narrowSymbol" => Currency::NarrowSymbol,
                _ => Currency::Symbol,
            },
            is_accounting: word("currencySign")? == "accounting",
        },
        "unit" => Style::Unit {
            unit: &unit,
            display: match word("unitDisplay")?.as_str() {
                "long" => Display::Long,
                "narrow" => Display::Narrow,
                _ => Display::Short,
            },
        },
        _ => Style::Decimal,
    };
    let options = Options {
        locale,
        digits: locale.digits(&numbering),
        numbering: &numbering,
        style,
        notation: match word("notation")?.as_str() {
            "scientific" => Notation::Scientific,
            "engineering" => Notation::Engineering,
            "compact" => Notation::Compact {
                is_long: word("compactDisplay")? == "long",
            },
            _ => Notation::Standard,
        },
        sign: match word("signDisplay")?.as_str() {
            "never" => Sign::Never,
            "always" => Sign::Always,
            "exceptZero" => Sign::ExceptZero,
            "negative" => Sign::Negative,
            _ => Sign::Auto,
        },
        grouping: match optional::<javy::quickjs::Value>(format, "useGrouping")?
            .and_then(|value| value.as_string().cloned())
        {
            Some(grouping) => match grouping.to_string()?.as_str() {
                "always" => Grouping::Always,
                "min2" => Grouping::AtLeastTwo,
                _ => Grouping::Auto,
            },
            None => Grouping::Never,
        },
        minimum_integer: number("minimumIntegerDigits")?.unwrap_or(1),
        fraction: number("minimumFractionDigits")?.zip(number("maximumFractionDigits")?),
        significant: number("minimumSignificantDigits")?.zip(number("maximumSignificantDigits")?),
        priority: match word("roundingPriority")?.as_str() {
            "morePrecision" => Priority::MorePrecision,
            "lessPrecision" => Priority::LessPrecision,
            _ => Priority::Auto,
        },
        increment: number("roundingIncrement")?
            .and_then(|increment| u32::try_from(increment).ok())
            .unwrap_or(1),
        mode: Mode::named(&word("roundingMode")?).unwrap_or(Mode::HalfExpand),
        strip_if_integer: word("trailingZeroDisplay")? == "stripIfInteger",
    };
    Ok(work(&options))
}

fn optional<'js, T: FromJs<'js>>(object: &Object<'js>, key: &str) -> Result<Option<T>> {
    object.get(key)
}
