//! The native part of `Intl.Locale`.

use javy::quickjs::{Ctx, Object, Result, function::Func};
use switchhook_intl::locale::Tag;

use super::tag;

pub fn install(native: &Object) -> Result<()> {
    native.set("localeWith", Func::from(with))?;
    native.set("localeParts", Func::from(parts))?;
    native.set("localeInfo", Func::from(info))?;
    native.set(
        "maximize",
        Func::from(|text: String| own(&text).maximize().text()),
    )?;
    native.set(
        "minimize",
        Func::from(|text: String| own(&text).minimize().text()),
    )?;
    native.set(
        "isRightToLeft",
        Func::from(|text: String| own(&text).is_right_to_left()),
    )?;
    native.set("week", Func::from(week))
}

/// Parses a tag that this guest wrote.
fn own(text: &str) -> Tag {
    tag(text).unwrap_or_default()
}

/// A tag with some parts and keywords replaced. `None` if the result is not a tag.
fn with(
    text: String,
    language: Option<String>,
    script: Option<String>,
    region: Option<String>,
    variants: Option<String>,
    keywords: Object,
) -> Result<Option<String>> {
    let mut changed = own(&text);
    changed.language = language.unwrap_or(changed.language);
    changed.script = script.unwrap_or(changed.script);
    changed.region = region.unwrap_or(changed.region);
    if let Some(variants) = variants {
        changed.variants = variants.split('-').map(str::to_owned).collect();
    }
    for entry in keywords.props::<String, Option<String>>() {
        let (key, value) = entry?;
        let Some(value) = value else { continue };
        changed.keywords.retain(|(known, _)| *known != key);
        changed.keywords.push((key, value));
    }
    Ok(tag(&changed.text()).map(|tag| tag.text()))
}

/// The parts of a tag. Missing parts are `undefined`.
fn parts<'js>(ctx: Ctx<'js>, text: String) -> Result<Object<'js>> {
    let tag = own(&text);
    let parts = Object::new(ctx.clone())?;
    parts.set("base", tag.base())?;
    let variants = tag.variants.join("-");
    for (name, part) in [
        ("language", &tag.language),
        ("script", &tag.script),
        ("region", &tag.region),
        ("variants", &variants),
    ] {
        parts.set(name, (!part.is_empty()).then_some(part))?;
    }
    let keywords = Object::new(ctx)?;
    for (key, value) in &tag.keywords {
        keywords.set(key, value)?;
    }
    parts.set("keywords", keywords)?;
    Ok(parts)
}

fn info(text: String, name: String) -> Option<Vec<&'static str>> {
    let tag = own(&text);
    match name.as_str() {
        "calendars" => Some(tag.calendars()),
        "collations" => Some(tag.collations()),
        "hourCycles" => Some(vec![tag.hour_cycle()]),
        "numberingSystems" => Some(vec![tag.numbering()]),
        _ => tag.time_zones(),
    }
}

/// The first day of the week and the days of the weekend.
fn week(text: String) -> Vec<usize> {
    let tag = own(&text);
    let mut days = vec![tag.first_day()];
    days.extend(tag.weekend());
    days
}
