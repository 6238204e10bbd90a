//! Writes lists as elements (JsonML, jsonml.org). A list has the element's name, its attributes as an object if it has
//! any, and its content in order: texts and further elements. `["Say", {"voice": "alice"}, "Hello"]` is `<Say
//! voice="alice">Hello</Say>`.

use serde_json::{Map, Value};

use super::{MAX_DEPTH, XmlError, check_name, is_character};

pub(super) const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// The document with this root element.
pub(super) fn write(element: &[Value]) -> Result<String, XmlError> {
    let mut xml = DECLARATION.to_owned();
    write_element(&mut xml, element, MAX_DEPTH)?;
    Ok(xml)
}

fn write_element(xml: &mut String, element: &[Value], levels: usize) -> Result<(), XmlError> {
    let below = levels.checked_sub(1).ok_or(XmlError::TooDeep)?;
    let [Value::String(name), rest @ ..] = element else {
        return Err(XmlError::Nameless);
    };
    check_name(name)?;
    xml.extend(["<", name]);
    let content = match rest {
        [Value::Object(attributes), content @ ..] => {
            write_attributes(xml, attributes)?;
            content
        }
        content => content,
    };
    if content.iter().all(Value::is_null) {
        xml.push_str("/>");
        return Ok(());
    }
    xml.push('>');
    for part in content {
        match part {
            Value::Null => {}
            Value::Array(element) => write_element(xml, element, below)?,
            Value::Object(_) => return Err(XmlError::Attributes),
            part => write_text(xml, part, Context::Content),
        }
    }
    xml.extend(["</", name, ">"]);
    Ok(())
}

fn write_attributes(xml: &mut String, attributes: &Map<String, Value>) -> Result<(), XmlError> {
    for (name, value) in attributes {
        check_name(name)?;
        match value {
            Value::Null => {}
            Value::Array(_) | Value::Object(_) => return Err(XmlError::Attributes),
            value => {
                xml.extend([" ", name, "=\""]);
                write_text(xml, value, Context::Attribute);
                xml.push('"');
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Context {
    Attribute,
    Content,
}

/// Writes a text, number or truth value, so that a parser reads the same value. Characters that XML cannot contain are
/// left out, because callers may have chosen some of the text and must not be able to make a document fail.
fn write_text(xml: &mut String, value: &Value, context: Context) {
    let written;
    let text = match value {
        Value::String(text) => text,
        other => {
            written = other.to_string();
            &written
        }
    };
    for character in text.chars().filter(|it| is_character(*it)) {
        match character {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\r' => xml.push_str("&#13;"),
            // In attributes, a parser would read these characters as spaces (XML 1.0, 3.3.3).
            '\t' if context == Context::Attribute => xml.push_str("&#9;"),
            '\n' if context == Context::Attribute => xml.push_str("&#10;"),
            other => xml.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rxml::{Parse, RawEvent, RawParser};
    use serde_json::json;

    use super::*;
    use crate::http::routers::xml::checked;

    fn written(element: &Value) -> Result<String, XmlError> {
        let element = element.as_array().expect("a list");
        let xml = write(element)?;
        checked::check(&xml, "Response")?;
        let (_, xml) = xml.split_once("?>").expect("a declaration");
        Ok(xml.to_owned())
    }

    #[test]
    fn lists_are_elements() {
        for (element, expected) in [
            (json!(["Response"]), "<Response/>"),
            (json!(["Response", null, "{}"]), "<Response>{}</Response>"),
            (
                json!(["Response", ["Say", {"voice": "alice", "loop": 2, "x": null}, "Hi, ", true, null, 1.5]]),
                r#"<Response><Say voice="alice" loop="2">Hi, true1.5</Say></Response>"#,
            ),
            (
                json!(["Response", {}, "a", ["Pause"], ["Say", "b", ["break", {"strength": "weak"}], "c"]]),
                r#"<Response>a<Pause/><Say>b<break strength="weak"/>c</Say></Response>"#,
            ),
            (
                json!(["Response", {"a": "\"'<&>\t\r\n"}, "\"'<&>]]>\r\n"]),
                "<Response a=\"&quot;&apos;&lt;&amp;&gt;&#9;&#13;&#10;\">&quot;&apos;&lt;&amp;&gt;]]&gt;&#13;\n</Response>",
            ),
            (
                json!(["Response", "a\u{0}\u{1b}\u{ffff}b"]),
                "<Response>ab</Response>",
            ),
        ] {
            assert_eq!(written(&element).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_element_is_named() {
        let deep = (0..MAX_DEPTH).fold(json!(["a"]), |inner, _| json!(["Response", inner]));
        for (element, message) in [
            (json!([]), "begins with the name"),
            (json!([["Say"]]), "begins with the name"),
            (json!(["Say"]), "outermost element is `Response`, not `Say`"),
            (json!(["Response", ["a b"]]), "`a b` is no name"),
            (json!(["Response", ["a><b"]]), "is no name"),
            (json!(["Response", [""]]), "is no name"),
            (json!(["Response", ["1a"]]), "is no name"),
            (json!(["Response", {"a=\"\" b": ""}]), "is no name"),
            (json!(["Response", {"a": []}]), "attributes"),
            (json!(["Response", "a", {"b": "c"}]), "attributes"),
            (deep, "deeper than 32"),
        ] {
            let error = written(&element).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    /// The text and the attribute of a document with one element, as a parser reads them.
    fn read(xml: &str) -> (String, String) {
        let mut parser = RawParser::new();
        let mut rest = xml.as_bytes();
        let (mut text, mut attribute) = (String::new(), String::new());
        while let Some(event) = parser.parse(&mut rest, true).unwrap() {
            match event {
                RawEvent::Attribute(_, _, value) => attribute = value,
                RawEvent::Text(_, part) => text += &part,
                _ => {}
            }
        }
        (text, attribute)
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text in "(\\PC|[<>&\"'\\]\t\r\n]|&amp;|&#0;|<!--|\\]\\]>){1,30}") {
            prop_assume!(text.chars().all(is_character));
            let element = json!(["Response", {"a": text}, text]);
            let xml = written(&element).unwrap();
            prop_assert_eq!(read(&xml), (text.clone(), text));
        }

        #[test]
        fn any_text_makes_a_document(text in any::<String>()) {
            let xml = written(&json!(["Response", {"a": text}, text, "."])).unwrap();
            let held: String = text.chars().filter(|it| is_character(*it)).collect();
            prop_assert_eq!(read(&xml), (format!("{held}."), held));
        }
    }
}
