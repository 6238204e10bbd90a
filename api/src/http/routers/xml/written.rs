//! Elements as lists: an element's name, its attributes as an object if it has any, and what is in it, in order: texts
//! and further elements (JsonML, jsonml.org). `["Say", {"voice": "alice"}, "Hello"]` is `<Say voice="alice">Hello</Say>`.

use std::borrow::Cow;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, XmlError, check_name, check_root, is_character};

/// The document with this element.
pub(super) fn write(element: &[Value], root: &'static str) -> Result<String, XmlError> {
    if let Some(Value::String(name)) = element.first() {
        check_root(name, root)?;
    }
    let mut writer = Writer::new(Vec::new());
    let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
    put(&mut writer, Event::Decl(declaration));
    write_element(&mut writer, element, MAX_DEPTH)?;
    Ok(String::from_utf8(writer.into_inner()).expect("it is made of texts"))
}

fn write_element(
    writer: &mut Writer<Vec<u8>>,
    element: &[Value],
    levels: usize,
) -> Result<(), XmlError> {
    let below = levels.checked_sub(1).ok_or(XmlError::TooDeep)?;
    let [Value::String(name), rest @ ..] = element else {
        return Err(XmlError::Nameless);
    };
    check_name(name)?;
    let mut start = BytesStart::new(name);
    let content = match rest {
        [Value::Object(attributes), content @ ..] => {
            write_attributes(&mut start, attributes)?;
            content
        }
        content => content,
    };
    if content.iter().all(Value::is_null) {
        put(writer, Event::Empty(start));
        return Ok(());
    }
    put(writer, Event::Start(start));
    for part in content {
        match part {
            Value::Null => {}
            Value::Array(element) => write_element(writer, element, below)?,
            Value::Object(_) => return Err(XmlError::Attributes),
            part => put(writer, Event::Text(BytesText::new(&text(part)))),
        }
    }
    put(writer, Event::End(BytesEnd::new(name)));
    Ok(())
}

fn write_attributes(
    start: &mut BytesStart,
    attributes: &Map<String, Value>,
) -> Result<(), XmlError> {
    for (name, value) in attributes {
        check_name(name)?;
        match value {
            Value::Null => {}
            Value::Array(_) | Value::Object(_) => return Err(XmlError::Attributes),
            value => start.push_attribute((name.as_str(), text(value))),
        }
    }
    Ok(())
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event) {
    writer.write_event(event).expect("memory can be written to");
}

/// A text, number or truth value, without the characters that XML has no way to write: callers may have chosen some of
/// it, and must not be able to make a document fail.
fn text(value: &Value) -> Cow<'_, str> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(other.to_string()),
    };
    if text.chars().all(is_character) {
        return text;
    }
    text.chars().filter(|it| is_character(*it)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::{Reader, XmlVersion};
    use serde_json::json;

    use super::{super::checked, *};

    fn written(element: &Value) -> Result<String, XmlError> {
        let element = element.as_array().expect("a list");
        let xml = write(element, "Response")?;
        checked::check(&xml, "Response").expect("it is well-formed");
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

    /// The text and the attribute of a document's only element, as a reader of XML sees them.
    fn read(xml: &str) -> (String, String) {
        let mut reader = Reader::from_str(xml);
        let (mut text, mut attribute) = (String::new(), String::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    let found = start.attributes().next().unwrap().unwrap();
                    let value = found.normalized_value(XmlVersion::Implicit1_0);
                    attribute = value.unwrap().into_owned();
                }
                Event::Text(part) => text += &part.xml10_content(),
                Event::GeneralRef(part) => {
                    text += &quick_xml::escape::unescape(&format!("&{};", &*part)).unwrap();
                }
                Event::Eof => return (text, attribute),
                _ => {}
            }
        }
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
