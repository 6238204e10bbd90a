//! XML results of functions. A text is checked, and lists are written as XML.

mod checked;
mod namespaces;
mod written;

use actix_web::{HttpResponse, http::header};
use serde_json::{Value, json, value::RawValue};

use self::{checked::MAX_ATTRIBUTES, namespaces::MAX_NAMESPACES};
use super::Refused;

pub(super) const CONTENT_TYPE: &str = "text/xml";

/// Deepest nesting of elements. Documents of routers have four or five levels.
const MAX_DEPTH: usize = 32;

/// Why a result is not an XML document.
#[derive(Debug, thiserror::Error)]
pub(super) enum XmlError {
    #[error("it is neither XML as text nor an element as a list")]
    NotXml,
    #[error("a list begins with the name of an element")]
    Nameless,
    #[error("attributes are an object behind an element's name, and their values are texts")]
    Attributes,
    #[error(
        "`{0}` is no name: a name has letters of ASCII, digits and `_-.:`, and begins with a letter or `_`"
    )]
    Name(String),
    #[error("the outermost element is `{expected}`, not `{found}`")]
    Root {
        expected: &'static str,
        found: String,
    },
    #[error("elements are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("an element has more than {MAX_ATTRIBUTES} attributes")]
    TooManyAttributes,
    #[error("more than {MAX_NAMESPACES} namespaces are declared")]
    TooManyNamespaces,
    #[error("it is not well-formed: {0}")]
    NotWellFormed(&'static str),
    #[error("it is not well-formed: {0}")]
    Unreadable(#[from] rxml::Error),
}

/// A reply with a document.
pub(super) fn ok(document: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, CONTENT_TYPE))
        .body(document)
}

/// A reply with an empty document.
pub(super) fn empty(root: &str) -> HttpResponse {
    ok(own(&json!([root])))
}

/// A reply with the document in a result.
pub(super) fn reply(result: &RawValue, root: &'static str) -> Result<HttpResponse, Refused> {
    match document(result, root) {
        Ok(xml) => Ok(ok(xml)),
        Err(error) => Err(Refused::unusable(json!({
            "message": "what the function returned is no document for this router",
            "reason": error.to_string(),
        }))),
    }
}

fn document(result: &RawValue, root: &'static str) -> Result<String, XmlError> {
    let xml = match serde_json::from_str(result.get()) {
        Ok(Value::String(xml)) => xml,
        Ok(Value::Array(element)) => written::write(&element)?,
        _ => return Err(XmlError::NotXml),
    };
    checked::check(&xml, root)?;
    Ok(xml)
}

/// A document that this server makes.
pub(super) fn own(document: &Value) -> String {
    let element = document.as_array().map_or(&[][..], Vec::as_slice);
    written::write(element).expect("it is an element")
}

/// An element that this server makes, as a part of a document.
pub(super) fn own_element(element: &Value) -> String {
    own(element).split_off(written::DECLARATION.len())
}

fn check_root(found: &str, expected: &'static str) -> Result<(), XmlError> {
    if found == expected {
        return Ok(());
    }
    let found = found.to_owned();
    Err(XmlError::Root { expected, found })
}

/// Checks a name. Fewer names are allowed than in XML, but all that routers use.
fn check_name(name: &str) -> Result<(), XmlError> {
    let begins = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | ':');
    if begins && name.chars().all(is_part) {
        Ok(())
    } else {
        Err(XmlError::Name(name.to_owned()))
    }
}

/// Whether XML can contain the character (XML 1.0, production 2).
fn is_character(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
