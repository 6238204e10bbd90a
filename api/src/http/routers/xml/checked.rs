//! XML as text: sent as it is, if every reader of XML takes it.

use quick_xml::{
    Reader,
    events::{BytesDecl, BytesStart, Event},
};

use super::{MAX_DEPTH, XmlError, check_name, check_root, is_character};

/// Whether a text is a well-formed document with this outermost element.
pub(super) fn check(xml: &str, root: &'static str) -> Result<(), XmlError> {
    check_characters(xml)?;
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    let mut is_first = true;
    let mut has_root = false;
    let mut depth = 0;
    loop {
        let event = reader.read_event()?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                if depth == MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
                if depth == 0 {
                    if has_root {
                        return ill_formed("there are two outermost elements");
                    }
                    check_root(start.name().as_ref(), root)?;
                    has_root = true;
                }
                check_start(start)?;
                depth += usize::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth -= 1,
            Event::Text(text) if text.contains("]]>") => {
                return ill_formed("`]]>` ends what has not begun");
            }
            Event::Text(text) if depth == 0 && text.trim_ascii().is_empty() => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if depth == 0 => {
                return ill_formed("there is text outside of the elements");
            }
            Event::GeneralRef(reference) => check_references(&format!("&{};", &**reference))?,
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) if !is_first => return ill_formed("the declaration comes first"),
            Event::Decl(declaration) => check_encoding(declaration)?,
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof if !has_root => return ill_formed("there is no element"),
            Event::Eof if depth > 0 => return ill_formed("an element does not end"),
            Event::Eof => return Ok(()),
        }
        is_first = false;
    }
}

fn check_start(start: &BytesStart) -> Result<(), XmlError> {
    check_name(start.name().as_ref())?;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        check_name(attribute.key.as_ref())?;
        if attribute.value.contains('<') {
            return ill_formed("`<` is within an attribute");
        }
        check_references(&attribute.value)?;
    }
    Ok(())
}

/// Without a document type there are five names, and characters by their number.
fn check_references(text: &str) -> Result<(), XmlError> {
    let text = quick_xml::escape::unescape(text).map_err(quick_xml::Error::from)?;
    check_characters(&text)
}

fn check_characters(text: &str) -> Result<(), XmlError> {
    match text.chars().find(|it| !is_character(*it)) {
        Some(other) => Err(XmlError::Character(other.into())),
        None => Ok(()),
    }
}

fn check_encoding(declaration: &BytesDecl) -> Result<(), XmlError> {
    let encoding = declaration.encoding().transpose();
    let encoding = encoding.map_err(quick_xml::Error::from)?;
    if encoding.is_some_and(|it| !it.eq_ignore_ascii_case("utf-8")) {
        return Err(XmlError::Encoding);
    }
    Ok(())
}

fn ill_formed(reason: &'static str) -> Result<(), XmlError> {
    Err(XmlError::NotWellFormed(reason))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn documents_are_taken_as_they_are() {
        for xml in [
            "<Response/>",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- a -->\n<Response></Response>\n",
            "<?xml version='1.0'?><Response a='1' b=\"&lt;&#x41;>\">&amp;&#65;<Say><![CDATA[<&]]></Say></Response>",
            "<Response><Dial:x a-b.c='ä€𝄞'>ä</Dial:x><?x y?></Response>",
        ] {
            assert!(check(xml, "Response").is_ok(), "{xml}");
        }
    }

    #[test]
    fn what_is_no_document_is_named() {
        let deep = format!(
            "<Response>{}{}</Response>",
            "<a>".repeat(32),
            "</a>".repeat(32)
        );
        for (xml, message) in [
            ("", "no element"),
            ("hello", "outside"),
            ("<Say/>", "outermost element is `Response`, not `Say`"),
            ("<Response>", "does not end"),
            ("<Response></Say>", "not well-formed"),
            ("</Response>", "not well-formed"),
            ("<Response/><Response/>", "two outermost"),
            ("<Response/>x", "outside"),
            ("<Response/><![CDATA[]]>", "outside"),
            ("&amp;<Response/>", "outside"),
            ("<Response>a & b</Response>", "not well-formed"),
            ("<Response>&nbsp;</Response>", "unrecognized entity"),
            ("<Response>&#0;</Response>", "not well-formed"),
            ("<Response>&#1;</Response>", "U+0001"),
            ("<Response>\u{1}</Response>", "U+0001"),
            ("<Response>]]></Response>", "]]>"),
            ("<Response a='<'/>", "within an attribute"),
            ("<Response a='&x;'/>", "unrecognized entity"),
            ("<Response a='1' a='2'/>", "not well-formed"),
            ("<Response a=1/>", "not well-formed"),
            ("<Response a/>", "not well-formed"),
            ("<Response><1a/></Response>", "is no name"),
            ("<Response><ä/></Response>", "is no name"),
            ("<Response><!-- a -- b --></Response>", "not well-formed"),
            ("<Response><Say</Response>", "is no name"),
            (" <?xml version='1.0'?><Response/>", "comes first"),
            (
                "<?xml version='1.0' encoding='latin1'?><Response/>",
                "UTF-8",
            ),
            (
                "<!DOCTYPE Response [<!ENTITY a 'b'>]><Response>&a;</Response>",
                "document type",
            ),
            (&deep, "deeper than 32"),
        ] {
            match check(xml, "Response") {
                Ok(()) => panic!("taken: {xml}"),
                Err(error) => assert!(error.to_string().contains(message), "{xml}: {error}"),
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(xml in "(<|>|</|/>|&|;|#|Response|Say|a=|'|\"|<!--|-->|<\\?|\\?>|<!\\[CDATA\\[|\\]\\]>|\\PC){0,30}") {
            let _ = check(&xml, "Response");
        }
    }
}
