//! `Intl` (ECMA-402). The scripts in this folder define what code can observe: constructors, options and their order.
//! The crate `switchhook-intl` does the work. The scripts run when the engine boots, so a call finds their objects in
//! memory.

mod collator;
mod date;
mod locale;
mod names;
mod number;
mod segmenter;
mod words;

use std::cell::Cell;

use javy::quickjs::{
    Ctx, IntoJs, Object, Result, Value, convert::List, function::Func, object::Property,
};
use switchhook_intl::{
    digits::Digits,
    locale::{DEFAULT, Locale, Tag},
    supported,
};

use crate::web;

/// Longest text that is read as a language tag, in bytes. Longer texts are not tags.
const MAX_TAG_BYTES: usize = 1000;

/// Scripts by name. Each is a function of the native functions, of what all scripts share, and of an object to which it
/// adds its definitions.
const SCRIPTS: [(&str, &str); 9] = [
    ("date.js", include_str!("date.js")),
    ("number.js", include_str!("number.js")),
    ("words.js", include_str!("words.js")),
    ("names.js", include_str!("names.js")),
    ("collator.js", include_str!("collator.js")),
    ("segmenter.js", include_str!("segmenter.js")),
    ("locale.js", include_str!("locale.js")),
    ("duration.js", include_str!("duration.js")),
    ("intl.js", include_str!("intl.js")),
];

/// Puts `Intl` into the global object, and the methods of `Date`, `Number` and `BigInt` into their prototypes.
pub fn install(ctx: &Ctx) -> Result<()> {
    switchhook_intl::date::prepare();
    let native = Object::new(ctx.clone())?;
    native.set("defaultLocale", DEFAULT)?;
    native.set("canonical", Func::from(canonical))?;
    native.set("locale", Func::from(nearest))?;
    native.set(
        "numbering",
        Func::from(|name: String| named(&name).numbering()),
    )?;
    native.set(
        "hasNumbering",
        Func::from(|system: String| Digits::of(&system).is_some()),
    )?;
    native.set(
        "supported",
        Func::from(|key: String| supported::values(&key)),
    )?;
    date::install(&native)?;
    number::install(&native)?;
    words::install(&native)?;
    names::install(&native)?;
    collator::install(&native)?;
    segmenter::install(&native)?;
    locale::install(&native)?;
    let shared: Object =
        web::evaluate(ctx, "options.js", include_str!("options.js"))?.call((native.clone(),))?;
    let constructors = Object::new(ctx.clone())?;
    for (name, script) in SCRIPTS {
        let define = web::evaluate(ctx, name, script)?;
        let () = define.call((native.clone(), shared.clone(), constructors.clone()))?;
    }
    let intl: Value = constructors.get("Intl")?;
    ctx.globals()
        .prop("Intl", Property::from(intl).writable().configurable())
}

thread_local! {
    /// The locale of the last lookup: making a format looks up its locale several times.
    static LAST: Cell<Option<Locale>> = const { Cell::new(None) };
}

/// A locale by its exact name.
fn known(name: &str) -> Option<Locale> {
    let last = LAST.get().filter(|last| last.name() == name);
    let found = last.or_else(|| Locale::named(name));
    LAST.set(found.or(LAST.get()));
    found
}

/// A locale by a name that this guest gave.
fn named(name: &str) -> Locale {
    known(name).unwrap_or_default()
}

fn tag(text: &str) -> Option<Tag> {
    (text.len() <= MAX_TAG_BYTES)
        .then(|| Tag::parse(text))
        .flatten()
}

fn canonical(text: String) -> Option<String> {
    // Most functions ask for a locale that exists.
    if known(&text).is_some() {
        return Some(text);
    }
    tag(&text).map(|tag| tag.text())
}

/// The nearest supported locale: its name, with the tag's keywords if it has any.
fn nearest<'js>(ctx: Ctx<'js>, text: String) -> Result<Value<'js>> {
    if let Some(locale) = known(&text) {
        return locale.name().into_js(&ctx);
    }
    let found = tag(&text).and_then(|tag| Locale::nearest(&tag).map(|locale| (tag, locale)));
    let Some((tag, locale)) = found else {
        return Ok(Value::new_undefined(ctx));
    };
    if tag.keywords.is_empty() {
        return locale.name().into_js(&ctx);
    }
    let keywords = Object::new(ctx.clone())?;
    for (key, value) in &tag.keywords {
        keywords.set(key, value)?;
    }
    List((locale.name(), keywords)).into_js(&ctx)
}
