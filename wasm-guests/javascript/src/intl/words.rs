//! The native part of `Intl.RelativeTimeFormat` and `Intl.ListFormat`.

use javy::quickjs::{Object, Result, function::Func};
use switchhook_intl::{
    number::Value,
    words::{self, Relative},
};

use super::{named, number};

pub fn install(native: &Object) -> Result<()> {
    native.set("relative", Func::from(relative))?;
    native.set("listPatterns", Func::from(list_patterns))
}

/// The phrase for a number of units. `{0}` stands for the number, if the phrase names it.
fn relative(own: Object, unit: String, numeral: String, is_past: bool) -> Result<String> {
    let (width, numeric): (String, String) = (own.get("width")?, own.get("numeric")?);
    number::with_options(&own, |options| {
        let value = Value::parse(&numeral);
        let asked = Relative {
            unit: &unit,
            width: &width,
            is_past,
            has_words: numeric == "auto",
        };
        words::relative(&asked, &value, options).to_owned()
    })
}

/// The patterns for two items, for the first item, for items in the middle, and for the last item.
fn list_patterns(name: String, kind: String, style: String, last: String) -> Vec<String> {
    words::list_patterns(named(&name), &kind, &style, &last)
}
