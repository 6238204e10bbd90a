//! Checks XML that functions return as text. The text is sent only if every XML parser accepts it.
//!
//! The check accepts a safe subset of XML 1.0: no document type, so that nothing is expanded, and no processing
//! instructions. The check does not recurse. `namespaces` checks namespaces.

use rxml::{
    Options, Parse, RawEvent, RawParser, RawQName, WithOptions, error::EndOrError,
    parser::CommentMode,
};

use super::{
    MAX_DEPTH, XmlError, check_name, check_root, is_character,
    namespaces::{Name, Namespaces},
};

/// Most attributes of an element: several times as many as any router knows.
pub(super) const MAX_ATTRIBUTES: usize = 100;

/// White space (XML 1.0, production 3).
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Checks that a text is a well-formed document with this root element.
pub(super) fn check(xml: &str, root: &'static str) -> Result<(), XmlError> {
    let mut parser = RawParser::with_options(Options {
        max_token_length: xml.len().max(1),
        comments: CommentMode::Discard,
        ..Options::default()
    });
    let (mut declaration, rest) = match xml.find("?>") {
        Some(end) if xml.starts_with("<?") => xml.split_at(end + 2),
        _ => ("", xml),
    };
    // The parser also accepts `YES`.
    let standalone = declaration.split_once("standalone");
    if standalone.is_some_and(|(_, value)| value.contains(|it: char| it.is_ascii_uppercase())) {
        return Err(XmlError::NotWellFormed("`standalone` is `yes` or `no`"));
    }
    let mut rest = after_comments(rest)?;
    if rest.starts_with("<?") && rest.len() < xml.len() {
        return Err(XmlError::NotWellFormed(
            "a declaration comes first, or not at all",
        ));
    }
    let mut namespaces = Namespaces::default();
    let mut depth = 0;
    let mut attributes = Vec::new();
    let mut element = None;
    loop {
        match next(&mut parser, &mut declaration, &mut rest)? {
            Some(RawEvent::ElementHeadOpen(_, name)) => {
                if depth == MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
                let name = Name::checked(name)?;
                if depth == 0 {
                    check_root(&name.qualified(), root)?;
                }
                depth += 1;
                element = Some(name);
            }
            Some(RawEvent::Attribute(_, name, value)) => {
                if attributes.len() == MAX_ATTRIBUTES {
                    return Err(XmlError::TooManyAttributes);
                }
                attributes.push((Name::checked(name)?, value));
            }
            Some(RawEvent::ElementHeadClose(_)) => {
                if let Some(element) = element.take() {
                    namespaces.enter(&element, std::mem::take(&mut attributes))?;
                }
            }
            Some(RawEvent::ElementFoot(_)) => {
                depth -= 1;
                namespaces.leave();
                if depth == 0 {
                    break;
                }
            }
            Some(RawEvent::XmlDeclaration(..) | RawEvent::Text(..)) => {}
            None => return Err(XmlError::NotWellFormed("there is no element")),
        }
    }
    match after_comments(rest)? {
        "" => Ok(()),
        _ => Err(XmlError::NotWellFormed(
            "something follows the outermost element",
        )),
    }
}

/// The parser's next event. The declaration comes first.
fn next(
    parser: &mut RawParser,
    declaration: &mut &str,
    rest: &mut &str,
) -> Result<Option<RawEvent>, XmlError> {
    while !declaration.is_empty() {
        let mut bytes = declaration.as_bytes();
        let event = parser.parse(&mut bytes, false);
        *declaration = unread(declaration, bytes);
        match event {
            Err(EndOrError::NeedMoreData) => {}
            event => return event.map_err(|error| ill_formed(&error)),
        }
    }
    let mut bytes = rest.as_bytes();
    let event = parser.parse(&mut bytes, true);
    *rest = unread(rest, bytes);
    event.map_err(|error| ill_formed(&error))
}

/// The text that the parser has not read yet. The parser stops at ends of markup, never within a character.
fn unread<'a>(text: &'a str, bytes: &[u8]) -> &'a str {
    text.get(text.len() - bytes.len()..).unwrap_or_default()
}

/// The text after white space and comments outside of the root element. The parser accepts few comments there.
fn after_comments(text: &str) -> Result<&str, XmlError> {
    const UNENDED: XmlError = XmlError::NotWellFormed("a comment does not end, or has `--` in it");
    let mut rest = text.trim_start_matches(WHITE_SPACE);
    while let Some(comment) = rest.strip_prefix("<!--") {
        let (comment, after) = comment.split_once("--").ok_or(UNENDED)?;
        if !comment.chars().all(is_character) {
            return Err(XmlError::NotWellFormed("a comment has what no text has"));
        }
        let after = after.strip_prefix('>').ok_or(UNENDED)?;
        rest = after.trim_start_matches(WHITE_SPACE);
    }
    Ok(rest)
}

fn ill_formed(error: &EndOrError) -> XmlError {
    match *error {
        EndOrError::NeedMoreData | EndOrError::Error(rxml::Error::InvalidEof(_)) => {
            XmlError::NotWellFormed("it ends too early")
        }
        EndOrError::Error(error) => error.into(),
    }
}

impl Name {
    fn checked((prefix, local): RawQName) -> Result<Self, XmlError> {
        let prefix: Option<String> = prefix.map(Into::into);
        let local: String = local.into();
        prefix.as_deref().map_or(Ok(()), check_name)?;
        check_name(&local)?;
        Ok(Self { prefix, local })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn documents_are_taken_as_they_are() {
        for xml in [
            "<Response/>",
            "<Response></Response >",
            " \r\n\t<Response/>\n",
            "<?xml version='1.0'?><Response/>",
            "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\n<!-- a -->\n<Response></Response>\n",
            "<?xml version = '1.0' encoding='UTF-8' standalone='yes'?><Response/>",
            "<!-- - ]]> & < --><Response><!----></Response>",
            "<?xml version='1.0'?><!----> <!-- a -->\n<Response/><!-- b -->\r\n<!---->\n",
            "<Response\ta = '1'\nb=\"2\"/>",
            "<Response a='1' b=\"&lt;&#x41;>'\">&amp;&#65;<Say><![CDATA[<&]]></Say></Response>",
            "<Response>&lt;&gt;&amp;&quot;&apos;&#9;&#xA;&#x10FFFF;]]&gt;]]</Response>",
            "<Response><![CDATA[]]><![CDATA[ ]] > ]]]></Response>",
            "<Response>\u{7f}\u{85}\u{2028}\u{fffd}\u{10000}</Response>",
            "<Response _a.b-c1='ä€𝄞'>ä</Response>",
            "<Response xml:lang='en' xml:space='preserve'/>",
            "<Response xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
            "<Response xmlns:d='urn:d'><d:x d:a='1' a='2'>ä</d:x></Response>",
            "<d:Response xmlns:d='urn:d'/>",
            "<Response xmlns='urn:a'><b xmlns=''/><c xmlns='urn:c' xmlns:d='urn:c' a='1' d:a='2'/></Response>",
            "<Response><a xmlns:d='urn:d'><d:b/></a><a xmlns:d='urn:e'><d:b/></a></Response>",
        ] {
            let root = if xml.starts_with("<d:") {
                "d:Response"
            } else {
                "Response"
            };
            if let Err(error) = check(xml, root) {
                panic!("refused: {xml}: {error}");
            }
        }
    }

    #[test]
    fn what_is_no_document_is_named() {
        const ILL_FORMED: &str = "not well-formed";
        let deep = format!(
            "<Response>{}{}</Response>",
            "<a>".repeat(32),
            "</a>".repeat(32)
        );
        for (xml, message) in [
            // Elements
            ("", ILL_FORMED),
            (" ", ILL_FORMED),
            ("hello", ILL_FORMED),
            ("<Say/>", "outermost element is `Response`, not `Say`"),
            ("<x:Response xmlns:x='urn:x'/>", "not `x:Response`"),
            ("<Response>", ILL_FORMED),
            ("<Response", ILL_FORMED),
            ("<Response></Say>", ILL_FORMED),
            ("<Response></response>", ILL_FORMED),
            ("<Response><a><b></a></b></Response>", ILL_FORMED),
            ("</Response>", ILL_FORMED),
            ("<Response/></Response>", ILL_FORMED),
            ("<Response/><Response/>", ILL_FORMED),
            ("<Response/>x", ILL_FORMED),
            ("<Response/>&#32;", ILL_FORMED),
            ("<Response/><![CDATA[]]>", ILL_FORMED),
            ("&amp;<Response/>", ILL_FORMED),
            ("<Response></ Response>", ILL_FORMED),
            ("< Response/>", ILL_FORMED),
            ("<Response / >", ILL_FORMED),
            ("<Response></Response a='1'>", ILL_FORMED),
            ("<Response><></></Response>", ILL_FORMED),
            (&deep, "deeper than 32"),
            // Names
            ("<Response><1a/></Response>", ILL_FORMED),
            ("<Response><-a/></Response>", ILL_FORMED),
            ("<Response><ä/></Response>", "is no name"),
            ("<Response ä='1'/>", "is no name"),
            ("<Response xmlns:ä='urn:a'/>", "is no name"),
            ("<Response><Say</Response>", ILL_FORMED),
            ("<Response><a\u{37e}/></Response>", ILL_FORMED),
            ("<Response><a\u{b7}/></Response>", "is no name"),
            // Attributes
            ("<Response a='<'/>", ILL_FORMED),
            ("<Response a='</a>'/>", ILL_FORMED),
            ("<Response xmlns:a='</a>'/>", ILL_FORMED),
            ("<Response a='&'/>", ILL_FORMED),
            ("<Response a='&x;'/>", ILL_FORMED),
            ("<Response a='1' a='2'/>", "twice"),
            ("<Response a='1'b='2'/>", ILL_FORMED),
            ("<Response a=1/>", ILL_FORMED),
            ("<Response a/>", ILL_FORMED),
            ("<Response a='1/>", ILL_FORMED),
            ("<Response a='1\"/>", ILL_FORMED),
            ("<Response='1'/>", ILL_FORMED),
            // Namespaces
            ("<Response><a:b/></Response>", "not declared"),
            ("<Response a:b='1'/>", "not declared"),
            (
                "<Response><a xmlns:b='urn:b'/><b:c/></Response>",
                "not declared",
            ),
            ("<Response><xmlns:a/></Response>", "not declared"),
            ("<Response><:a/></Response>", ILL_FORMED),
            ("<Response><a:/></Response>", ILL_FORMED),
            ("<Response><a:b:c xmlns:a='urn:a'/></Response>", ILL_FORMED),
            ("<Response :a='1'/>", ILL_FORMED),
            ("<Response xmlns:a='' />", ILL_FORMED),
            ("<Response xmlns:xmlns='urn:a'/>", ILL_FORMED),
            ("<Response xmlns:xml='urn:a'/>", ILL_FORMED),
            (
                "<Response xmlns:a='http://www.w3.org/2000/xmlns/'/>",
                ILL_FORMED,
            ),
            (
                "<Response xmlns:a='http://www.w3.org/XML/1998/namespace'/>",
                ILL_FORMED,
            ),
            (
                "<Response xmlns='http://www.w3.org/XML/1998/namespace'/>",
                ILL_FORMED,
            ),
            ("<Response xmlns='urn:a' xmlns='urn:b'/>", "declared twice"),
            (
                "<Response xmlns:a='urn:a' xmlns:a='urn:a'/>",
                "declared twice",
            ),
            (
                "<Response xmlns:a='urn:a' xmlns:b='urn:a' a:c='1' b:c='2'/>",
                "twice",
            ),
            (
                "<Response xmlns:a='urn:&#97;' xmlns:b='urn:a' a:c='1' b:c='2'/>",
                "twice",
            ),
            // Text and references
            ("<Response>a & b</Response>", ILL_FORMED),
            ("<Response>a < b</Response>", ILL_FORMED),
            ("<Response>]]></Response>", ILL_FORMED),
            ("<Response>&amp</Response>", ILL_FORMED),
            ("<Response>&nbsp;</Response>", ILL_FORMED),
            ("<Response>&#0;</Response>", ILL_FORMED),
            ("<Response>&#1;</Response>", ILL_FORMED),
            ("<Response>&#xD800;</Response>", ILL_FORMED),
            ("<Response>&#xFFFE;</Response>", ILL_FORMED),
            ("<Response>&#x110000;</Response>", ILL_FORMED),
            ("<Response>&#99999999999;</Response>", ILL_FORMED),
            ("<Response>&#;</Response>", ILL_FORMED),
            ("<Response>&#x;</Response>", ILL_FORMED),
            ("<Response>&#X41;</Response>", ILL_FORMED),
            ("<Response>&#4a;</Response>", ILL_FORMED),
            ("<Response>\u{0}</Response>", ILL_FORMED),
            ("<Response>\u{1}</Response>", ILL_FORMED),
            ("<Response>\u{ffff}</Response>", ILL_FORMED),
            ("<Response a='\u{b}'/>", ILL_FORMED),
            // Sections and comments
            ("<Response><![CDATA[</Response>", ILL_FORMED),
            ("<Response><![cdata[]]></Response>", ILL_FORMED),
            ("<Response><!-- a -- b --></Response>", ILL_FORMED),
            ("<!-- a -- b --><Response/>", ILL_FORMED),
            ("<!-- a ---><Response/>", ILL_FORMED),
            ("<!-- \u{1} --><Response/>", ILL_FORMED),
            ("<Response/><!-- a -- b -->", ILL_FORMED),
            ("<Response/><!-- a --", ILL_FORMED),
            ("<Response><!-- a ---></Response>", ILL_FORMED),
            ("<Response><!-- a </Response>", ILL_FORMED),
            ("<Response><!- a --></Response>", ILL_FORMED),
            ("<Response><!-- \u{1} --></Response>", ILL_FORMED),
            // Declarations and instructions
            (" <?xml version='1.0'?><Response/>", ILL_FORMED),
            ("<!-- a --><?xml version='1.0'?><Response/>", ILL_FORMED),
            (
                "<?xml version='1.0'?><?xml version='1.0'?><Response/>",
                ILL_FORMED,
            ),
            ("<Response><?xml version='1.0'?></Response>", ILL_FORMED),
            ("<?xml?><Response/>", ILL_FORMED),
            ("<?xml encoding='utf-8'?><Response/>", ILL_FORMED),
            ("<?xml version='1.0' version='1.0'?><Response/>", ILL_FORMED),
            (
                "<?xml version='1.0'encoding='utf-8'?><Response/>",
                ILL_FORMED,
            ),
            (
                "<?xml version='1.0' standalone='yes' encoding='utf-8'?><Response/>",
                ILL_FORMED,
            ),
            (
                "<?xml version='1.0' standalone='maybe'?><Response/>",
                ILL_FORMED,
            ),
            (
                "<?xml version='1.0' standalone='Yes'?><Response/>",
                ILL_FORMED,
            ),
            ("<?xml version='1.0' a='b'?><Response/>", ILL_FORMED),
            ("<?xml version='1.0'><Response/>", ILL_FORMED),
            ("<?XML version='1.0'?><Response/>", ILL_FORMED),
            ("<Response><?1?></Response>", ILL_FORMED),
            ("<Response><?Xml?></Response>", ILL_FORMED),
            // Well-formed documents that are refused
            ("<?xml version='1.1'?><Response/>", "1.0"),
            (
                "<?xml version='1.0' encoding='latin1'?><Response/>",
                "utf-8",
            ),
            ("<?a?><Response/>", "processing instructions"),
            ("<Response><?a b?></Response>", "processing instructions"),
            ("<!DOCTYPE Response><Response/>", ILL_FORMED),
            ("<Response/><!DOCTYPE Response>", ILL_FORMED),
            (
                "<!DOCTYPE Response [<!ENTITY a 'b'>]><Response>&a;</Response>",
                ILL_FORMED,
            ),
        ] {
            match check(xml, "Response") {
                Ok(()) => panic!("taken: {xml}"),
                Err(error) => assert!(error.to_string().contains(message), "{xml}: {error}"),
            }
        }
    }

    /// Nesting, repetition and expansion end early or take linear time.
    #[test]
    fn greedy_documents_are_refused() {
        const MANY: usize = 100_000;
        let bomb: String = (1..=40)
            .map(|i| format!("<!ENTITY % a{i} '%a{0};%a{0};'>", i - 1))
            .collect();
        let numbered = |before: &str, after: &str| -> String {
            (0..MANY).map(|i| format!("{before}{i}{after}")).collect()
        };
        let below = |element: String| format!("<Response>{element}</Response>");
        for (xml, message) in [
            (below("<a>".repeat(MANY)), "deeper than 32"),
            (below("<!--".repeat(MANY)), "not well-formed"),
            (below("<![CDATA[".repeat(MANY)), "not well-formed"),
            (below("&".repeat(MANY)), "not well-formed"),
            (below("<".repeat(MANY)), "not well-formed"),
            (
                below(format!("<a{}/>", numbered(" a", "=''"))),
                "more than 100",
            ),
            (
                below(format!("<a{}/>", &numbered(" xmlns:a", "='u'")[..9 * 13])),
                "more than 8",
            ),
            (
                format!("<!DOCTYPE Response [<!ENTITY % a0 'b'>{bomb}%a40;]><Response/>"),
                "not well-formed",
            ),
        ] {
            let error = check(&xml, "Response").unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let declared: String = (0..8).map(|i| format!(" xmlns:a{i}='u{i}'")).collect();
        let wide = format!("<Response{declared}>{}</Response>", "<a7:a/>".repeat(MANY));
        assert!(check(&wide, "Response").is_ok());
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(xml in "(<|>|</|/>|&|;|#|Response|Say|a=|xmlns|:|'|\"|<!--|-->|<\\?|\\?>|<!\\[CDATA\\[|\\]\\]>|\\PC){0,30}") {
            let _ = check(&xml, "Response");
        }
    }
}
