//! The forms of a source.
//!
//! Most sources are a body: a chunk that runs for every call. A chunk that defines `function handler(call)`, or ends in
//! `return function (call) … end`, runs once, when it is compiled, and every call begins with the state it left. The
//! form must be known before the chunk runs.

/// Whether a source that compiles is a definition. Comments, strings and the insides of other functions do not count.
pub fn is_definition(source: &str) -> bool {
    let mut depth = 0;
    let mut defines = false;
    let mut before: [&[u8]; 2] = [b"", b""];
    for token in Tokens(source.as_bytes()) {
        if depth == 0 && before[1] == b"return" {
            return token == b"function";
        }
        if depth == 1 && before[1] == b"function" && before[0] != b"local" && token == b"handler" {
            defines = true;
        }
        // `function handler.of(…)` defines something else.
        if depth == 1 && before == [b"function" as &[u8], b"handler"] && token != b"(" {
            defines = false;
        }
        match token {
            b"function" | b"do" | b"if" | b"repeat" => depth += 1,
            b"end" | b"until" => depth -= 1,
            _ => {}
        }
        before = [before[1], token];
    }
    defines && before[1] != b"return"
}

/// The tokens of a source: names and keywords, and single characters otherwise. Comments and strings are left out.
struct Tokens<'a>(&'a [u8]);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.0;
            let length = match rest {
                [] => return None,
                [b'-', b'-', rest @ ..] => {
                    let line = || rest.iter().take_while(|&&byte| byte != b'\n').count();
                    2 + long_bracket(rest).unwrap_or_else(line)
                }
                [quote @ (b'"' | b'\''), rest @ ..] => 1 + quoted(rest, *quote),
                [b'[', ..] if let Some(length) = long_bracket(rest) => length,
                [byte, ..] if byte.is_ascii_whitespace() => 1,
                [byte, ..] => {
                    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                    let length = if is_name(&byte) {
                        rest.iter().take_while(is_name).count()
                    } else {
                        1
                    };
                    let (token, rest) = rest.split_at(length);
                    self.0 = rest;
                    return Some(token);
                }
            };
            self.0 = rest.get(length..).unwrap_or_default();
        }
    }
}

/// Bytes of a text that begins with `[[` or `[==[`, with its end.
fn long_bracket(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"[")?;
    let level = inner.iter().take_while(|&&byte| byte == b'=').count();
    if inner.get(level) != Some(&b'[') {
        return None;
    }
    let end = [b"]".as_slice(), &inner[..level], b"]"].concat();
    let found = text.windows(end.len()).position(|part| part == end);
    Some(found.map_or(text.len(), |at| at + end.len()))
}

/// Bytes up to the end of a string, with its closing quote.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += if byte == b'\\' { 2 } else { 1 };
        if byte == quote {
            break;
        }
    }
    at
}
