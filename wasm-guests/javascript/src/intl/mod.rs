//! `Intl` (ECMA-402). The scripts here have what can be seen of it: constructors, options and their order; the crate
//! `switchhook-intl` has the work. They are evaluated when the engine boots, so that a call finds their objects in its memory.

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

/// The longest text that is read as a language tag, in bytes: whoever hands over more has no tag.
const MAX_TAG_BYTES: usize = 1000;

/// Each is a function of native code, of what all have in common, and of an object that takes what it defines.
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
    /// The one that was asked for last: whoever makes a format asks for its locale again and again.
    static LAST: Cell<Option<Locale>> = const { Cell::new(None) };
}

/// A locale by its exact name.
fn known(name: &str) -> Option<Locale> {
    let last = LAST.get().filter(|last| last.name() == name);
    let found = last.or_else(|| Locale::named(name));
    LAST.set(found.or(LAST.get()));
    found
}

/// A locale whose name came from here.
fn named(name: &str) -> Locale {
    known(name).unwrap_or_default()
}

fn tag(text: &str) -> Option<Tag> {
    (text.len() <= MAX_TAG_BYTES)
        .then(|| Tag::parse(text))
        .flatten()
}

fn canonical(text: String) -> Option<String> {
    // Most ask for what there is.
    if known(&text).is_some() {
        return Some(text);
    }
    tag(&text).map(|tag| tag.text())
}

/// The nearest locale that there is: its name, with the keywords of the tag where that has any.
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
