//! JSON's strings. Lua's strings are bytes: UTF-8 by custom, which nothing checks.

/// Halves of surrogate pairs, which JSON can contain and UTF-8 cannot. Each becomes the three bytes that UTF-8 would
/// give it, as in `utf8.char`.
const SURROGATES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;

/// The string at the beginning of `json`, and its bytes in the JSON with both quotes. `room` is used if the string has
/// escapes.
pub fn read<'a>(json: &'a [u8], room: &'a mut Vec<u8>) -> Result<(&'a [u8], usize), &'static str> {
    let begin = &json[1..];
    let plain = plain_bytes(begin);
    if begin.get(plain) == Some(&b'"') {
        return Ok((&begin[..plain], plain + 2));
    }
    room.clear();
    let mut at = 0;
    loop {
        let rest = &begin[at..];
        let plain = plain_bytes(rest);
        room.extend_from_slice(&rest[..plain]);
        at += plain;
        match rest.get(plain) {
            None => return Err("a text does not end"),
            Some(b'"') => return Ok((room, at + 2)),
            Some(b'\\') => at += unescape(&rest[plain..], room)?,
            Some(_) => return Err("a control character in a text"),
        }
    }
}

/// Bytes before the next quote, backslash or control character.
fn plain_bytes(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return index * size_of::<u64>() + (special.trailing_zeros() / 8) as usize;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    let plain = rest.iter().position(is_special).unwrap_or(rest.len());
    text.len() - rest.len() + plain
}

/// Sets the highest bit of the first byte that is special. Bytes before it have this bit clear.
fn special(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    let less = |word: u64, than: u64| word.wrapping_sub(EACH * than) & !word;
    let is = |byte: u8| less(word ^ (EACH * u64::from(byte)), 1);
    (less(word, 0x20) | is(b'"') | is(b'\\')) & (EACH << 7)
}

/// Appends the character of an escape. Returns the bytes of the escape.
fn unescape(escape: &[u8], text: &mut Vec<u8>) -> Result<usize, &'static str> {
    let byte = match escape.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 0x08,
        Some(b'f') => 0x0c,
        Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
        Some(b'u') => {
            let unit = unit(escape).ok_or("four hexadecimal digits were expected")?;
            let pair = (0xd800..0xdc00)
                .contains(&unit)
                .then(|| self::unit(&escape[6..]))
                .flatten()
                .filter(|low| (0xdc00..0xe000).contains(low));
            match pair {
                Some(low) => push(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), text),
                None => push(unit, text),
            }
            return Ok(if pair.is_some() { 12 } else { 6 });
        }
        _ => return Err("an escape that JSON does not have"),
    };
    text.push(byte);
    Ok(2)
}

/// The UTF-16 unit of `\uXXXX`.
fn unit(escape: &[u8]) -> Option<u32> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| {
        Some(unit << 4 | char::from(digit).to_digit(16)?)
    })
}

fn push(code: u32, text: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(char) => text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.extend(
            [
                0xe0 | code >> 12,
                0x80 | code >> 6 & 0x3f,
                0x80 | code & 0x3f,
            ]
            .map(|byte| byte as u8),
        ),
    }
}

/// Writes a string with its quotes. Halves of surrogate pairs are kept. Other bytes that are not UTF-8 become U+FFFD.
pub fn write(mut text: &[u8], json: &mut String) {
    json.push('"');
    loop {
        let (good, bad) = match str::from_utf8(text) {
            Ok(good) => (good, None),
            Err(error) => {
                let (good, bad) = text.split_at(error.valid_up_to());
                let length = error.error_len().unwrap_or(bad.len());
                // SAFETY: so far it is UTF-8, says `from_utf8`.
                (
                    unsafe { str::from_utf8_unchecked(good) },
                    Some((bad, length)),
                )
            }
        };
        escape(good, json);
        let Some((bad, length)) = bad else { break };
        let skipped = match surrogate(bad) {
            Some(unit) => {
                json.push_str(&format!("\\u{unit:04x}"));
                3
            }
            None => {
                json.push(char::REPLACEMENT_CHARACTER);
                length
            }
        };
        text = &bad[skipped..];
    }
    json.push('"');
}

fn surrogate(text: &[u8]) -> Option<u32> {
    let &[0xed, second, third, ..] = text else {
        return None;
    };
    let unit = 0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f);
    let are_tails = second & 0xc0 == 0x80 && third & 0xc0 == 0x80;
    (are_tails && SURROGATES.contains(&unit)).then_some(unit)
}

fn escape(mut text: &str, json: &mut String) {
    loop {
        let plain = plain_bytes(text.as_bytes());
        json.push_str(&text[..plain]);
        let Some(&byte) = text.as_bytes().get(plain) else {
            return;
        };
        match byte {
            b'"' => json.push_str("\\\""),
            b'\\' => json.push_str("\\\\"),
            b'\n' => json.push_str("\\n"),
            b'\r' => json.push_str("\\r"),
            b'\t' => json.push_str("\\t"),
            _ => json.push_str(&format!("\\u{byte:04x}")),
        }
        text = &text[plain + 1..];
    }
}
