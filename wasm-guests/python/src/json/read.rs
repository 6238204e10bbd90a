//! Reads JSON as Python values: objects as `dict`, arrays as `list`, numbers without point and exponent as `int` of any
//! size.

use std::fmt;

use malachite_bigint::BigInt;
use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine,
    common::wtf8::{CodePoint, Wtf8Buf},
};

use super::MOST_NESTED;

/// A mistake in a JSON text, with its offset in bytes.
pub struct NotJson {
    what: &'static str,
    at: usize,
}

impl fmt::Display for NotJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at byte {}", self.what, self.at)
    }
}

/// The value of a document. Halves of surrogate pairs are kept, as Python's texts can contain them.
///
/// # Errors
/// [`NotJson`].
pub fn read(document: &[u8], vm: &VirtualMachine) -> Result<PyObjectRef, NotJson> {
    let mut reader = Reader {
        text: document,
        at: 0,
        vm,
    };
    if let Err(error) = str::from_utf8(document) {
        reader.at = error.valid_up_to();
        return Err(reader.not("UTF-8 expected"));
    }
    let value = reader.value(0)?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err(reader.not("the end expected")),
    }
}

struct Reader<'a> {
    /// UTF-8.
    text: &'a [u8],
    at: usize,
    vm: &'a VirtualMachine,
}

impl<'a> Reader<'a> {
    fn not(&self, what: &'static str) -> NotJson {
        NotJson { what, at: self.at }
    }

    /// The next byte that is not white space. It stays unread.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                byte => return byte.copied(),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<PyObjectRef, NotJson> {
        if depth > MOST_NESTED {
            return Err(self.not("nested too deeply"));
        }
        match self.next() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => {
                let text = self.text()?;
                Ok(text.into_object(self.vm))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", self.vm.ctx.true_value.clone().into()),
            Some(b'f') => self.word("false", self.vm.ctx.false_value.clone().into()),
            Some(b'n') => self.word("null", self.vm.ctx.none()),
            _ => Err(self.not("a value expected")),
        }
    }

    fn word(&mut self, word: &str, value: PyObjectRef) -> Result<PyObjectRef, NotJson> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(self.not("a value expected"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<PyObjectRef, NotJson> {
        self.at += 1;
        let mut values = Vec::new();
        if self.next() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                values.push(self.value(depth + 1)?);
                match self.next() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break self.at += 1,
                    _ => return Err(self.not("`,` or `]` expected")),
                }
            }
        }
        Ok(self.vm.ctx.new_list(values).into())
    }

    fn object(&mut self, depth: usize) -> Result<PyObjectRef, NotJson> {
        self.at += 1;
        let object = self.vm.ctx.new_dict();
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(object.into());
        }
        loop {
            if self.next() != Some(b'"') {
                return Err(self.not("a name expected"));
            }
            let name = self.text()?;
            if self.next() != Some(b':') {
                return Err(self.not("`:` expected"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            let set: PyResult<()> = match name {
                Text::Plain(name) => object.set_item(&*self.vm.ctx.new_str(name), value, self.vm),
                Text::Escaped(name) => object.set_item(&*self.vm.ctx.new_str(name), value, self.vm),
            };
            set.map_err(|_| self.not("a name expected"))?;
            match self.next() {
                Some(b',') => self.at += 1,
                Some(b'}') => break self.at += 1,
                _ => return Err(self.not("`,` or `}` expected")),
            }
        }
        Ok(object.into())
    }

    fn number(&mut self) -> Result<PyObjectRef, NotJson> {
        let start = self.at;
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        let first = self.text.get(self.at).copied();
        let digits = self.digits()?;
        if first == Some(b'0') && digits > 1 {
            return Err(self.not("a number does not begin with 0"));
        }
        let mut is_whole = true;
        if self.text.get(self.at) == Some(&b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            is_whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        let no_number = |_| self.not("a number expected");
        if !is_whole {
            let number: f64 = text.parse().map_err(|_| no_number(()))?;
            return Ok(self.vm.ctx.new_float(number).into());
        }
        Ok(match text.parse::<i64>() {
            Ok(number) => self.vm.ctx.new_int(number).into(),
            Err(_) => {
                let number: BigInt = text.parse().map_err(|_| no_number(()))?;
                self.vm.ctx.new_int(number).into()
            }
        })
    }

    fn digits(&mut self) -> Result<usize, NotJson> {
        let digits = self.text[self.at..].iter();
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        match digits {
            0 => Err(self.not("a digit expected")),
            _ => Ok(digits),
        }
    }

    /// Reads a text after its opening quotation mark.
    fn text(&mut self) -> Result<Text<'a>, NotJson> {
        self.at += 1;
        let plain = self.plain()?;
        if self.text[self.at] == b'"' {
            self.at += 1;
            return Ok(Text::Plain(plain));
        }
        let mut text = Wtf8Buf::from_string(plain.to_owned());
        loop {
            if self.text[self.at] == b'"' {
                self.at += 1;
                return Ok(Text::Escaped(text));
            }
            self.at += 1;
            text.push(self.escape()?);
            text.push_str(self.plain()?);
        }
    }

    /// Reads up to a quotation mark or a backslash, which stays unread.
    fn plain(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let Some(length) = self.text[start..].iter().position(ends) else {
            self.at = self.text.len();
            return Err(self.not("the end of a text expected"));
        };
        self.at += length;
        if self.text[self.at] < b' ' {
            return Err(self.not("control characters are to be escaped"));
        }
        // SAFETY: the document is UTF-8, and the piece ends at ASCII characters.
        Ok(unsafe { str::from_utf8_unchecked(&self.text[start..self.at]) })
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Result<CodePoint, NotJson> {
        let escaped = self.text.get(self.at).copied();
        self.at += 1;
        let character = match escaped {
            Some(character @ (b'"' | b'\\' | b'/')) => character,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(self.not("an escape sequence expected")),
        };
        Ok(CodePoint::from_char(character.into()))
    }

    /// Reads a `\u` escape after the `u`, and a second escape if both are a surrogate pair.
    fn code_point(&mut self) -> Result<CodePoint, NotJson> {
        let first = self.hexadecimal()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let behind = self.at;
            self.at += 2;
            let second = self.hexadecimal()?;
            let pair = char::decode_utf16([first, second]).next();
            if let Some(Ok(character)) = pair {
                return Ok(CodePoint::from_char(character));
            }
            self.at = behind;
        }
        Ok(CodePoint::from(first))
    }

    fn hexadecimal(&mut self) -> Result<u16, NotJson> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
        let number = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let number = number.ok_or_else(|| self.not("four hexadecimal digits expected"))?;
        self.at += 4;
        Ok(number)
    }
}

/// A text. Most texts have no escapes and are borrowed from the document.
enum Text<'a> {
    Plain(&'a str),
    Escaped(Wtf8Buf),
}

impl Text<'_> {
    fn into_object(self, vm: &VirtualMachine) -> PyObjectRef {
        match self {
            Self::Plain(text) => vm.ctx.new_str(text).into(),
            Self::Escaped(text) => vm.ctx.new_str(text).into(),
        }
    }
}
