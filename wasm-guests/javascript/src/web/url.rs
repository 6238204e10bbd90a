//! `URL` and `URLSearchParams` (WHATWG URL, section 6), on the parser of the `url` crate.

use ::url::{Url, form_urlencoded, quirks};
use javy::quickjs::{
    Array, Ctx, FromJs, IntoJs, Object, Result, String as JsString, Value, function::Func,
};

pub fn install(ctx: &Ctx) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("parse", Func::from(parse))?;
    native.set("change", Func::from(change))?;
    native.set("parseQuery", Func::from(parse_query))?;
    native.set("writeQuery", Func::from(write_query))?;
    super::define(ctx, "url.js", include_str!("url.js"), native)
}

/// The parts of a URL, or a text that says why it is not valid.
fn parse<'js>(ctx: Ctx<'js>, input: String, base: Option<String>) -> Result<Value<'js>> {
    let base = match base.as_deref().map(Url::parse).transpose() {
        Ok(base) => base,
        Err(error) => return format!("its base is none: {error}").into_js(&ctx),
    };
    match Url::options().base_url(base.as_ref()).parse(&input) {
        Ok(url) => parts(&ctx, &url)?.into_js(&ctx),
        Err(error) => error.to_string().into_js(&ctx),
    }
}

/// The parts of a URL after one of them was set. An impossible `value` changes nothing.
fn change<'js>(
    ctx: Ctx<'js>,
    href: String,
    part: String,
    value: String,
) -> Result<Option<Array<'js>>> {
    let Ok(mut url) = Url::parse(&href) else {
        return Ok(None);
    };
    // A part that cannot be set stays, without an error: WHATWG URL, section 6.1.
    match part.as_str() {
        "protocol" => quirks::set_protocol(&mut url, &value).unwrap_or_default(),
        "username" => quirks::set_username(&mut url, &value).unwrap_or_default(),
        "password" => quirks::set_password(&mut url, &value).unwrap_or_default(),
        "host" => quirks::set_host(&mut url, &value).unwrap_or_default(),
        "hostname" => quirks::set_hostname(&mut url, &value).unwrap_or_default(),
        "port" => quirks::set_port(&mut url, &value).unwrap_or_default(),
        "pathname" => quirks::set_pathname(&mut url, &value),
        "search" => quirks::set_search(&mut url, &value),
        "hash" => quirks::set_hash(&mut url, &value),
        _ => {}
    }
    parts(&ctx, &url).map(Some)
}

/// The parts, in the script's order.
fn parts<'js>(ctx: &Ctx<'js>, url: &Url) -> Result<Array<'js>> {
    let parts = Array::new(ctx.clone())?;
    let origin = quirks::origin(url);
    let texts = [
        quirks::href(url),
        &origin,
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    for (index, text) in texts.into_iter().enumerate() {
        parts.set(index, text)?;
    }
    Ok(parts)
}

/// The query, flattened: name, value; name, value; …
fn parse_query<'js>(ctx: Ctx<'js>, query: String) -> Result<Array<'js>> {
    let list = Array::new(ctx.clone())?;
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        list.set(2 * index, JsString::from_str(ctx.clone(), &name)?)?;
        list.set(2 * index + 1, JsString::from_str(ctx.clone(), &value)?)?;
    }
    Ok(list)
}

fn write_query<'js>(ctx: Ctx<'js>, list: Array<'js>) -> Result<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut texts = list
        .iter::<Value>()
        .map(|text| String::from_js(&ctx, text?));
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        query.append_pair(&name?, &value?);
    }
    Ok(query.finish())
}
