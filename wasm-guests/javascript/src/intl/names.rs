//! The native part of `Intl.DisplayNames`.

use javy::quickjs::{Object, Result, function::Func};
use switchhook_intl::{display::Names, locale::Locale};

use super::{named, tag};

pub fn install(native: &Object) -> Result<()> {
    native.set("canonicalCode", Func::from(canonical_code))?;
    native.set("displayName", Func::from(display_name))
}

/// A code in its canonical case (ECMA-402, section 12.5.1). `None` for an invalid code.
fn canonical_code(kind: String, code: String) -> Option<String> {
    let is_alphabetic = code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_numeric = code.bytes().all(|byte| byte.is_ascii_digit());
    match kind.as_str() {
        "language" => tag(&code)
            .filter(|tag| tag.text() == tag.base())
            .map(|tag| tag.base()),
        "region" => (code.len() == 2 && is_alphabetic || code.len() == 3 && is_numeric)
            .then(|| code.to_ascii_uppercase()),
        "currency" => (code.len() == 3 && is_alphabetic).then(|| code.to_ascii_uppercase()),
        "calendar" => code
            .split('-')
            .all(|part| {
                (3..=8).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            .then(|| code.to_ascii_lowercase()),
        "dateTimeField" => Names::of(Locale::default())
            .field("long", &code)
            .is_some()
            .then_some(code),
        _ => (code.len() == 4 && is_alphabetic)
            .then(|| code[..1].to_ascii_uppercase() + &code[1..].to_ascii_lowercase()),
    }
}

fn display_name(own: Object, code: String) -> Result<Option<String>> {
    let name: String = own.get("name")?;
    let (style, kind, languages): (String, String, String) = (
        own.get("style")?,
        own.get("type")?,
        own.get("languageDisplay")?,
    );
    let mut names = Names::of(named(&name));
    names.is_short = style != "long";
    names.has_dialects = languages == "dialect";
    Ok(match kind.as_str() {
        "language" => tag(&code).and_then(|tag| names.language(&tag)),
        "region" => names.region(&code).map(str::to_owned),
        "currency" => names.currency(&code).map(str::to_owned),
        "calendar" => names.calendar(&code).map(str::to_owned),
        "dateTimeField" => names.field(&style, &code).map(str::to_owned),
        _ => names.script(&code).map(str::to_owned),
    })
}
