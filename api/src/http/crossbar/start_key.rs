//! Where a page of a list starts, in KAZOO's form: base64url of a view's key in Erlang's external format
//! (`api_util.erl`, `encode_start_key/1`). The key of a function is `[AccountId, FunctionId]`.
//!
//! Clients send keys back, and can put any account into them. The account in a key is never used.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Writes no padding, and reads with or without it, like KAZOO.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Tags of the External Term Format (Erlang/OTP, "External Term Format").
const VERSION: u8 = 131;
const SMALL_TUPLE: u8 = 104;
const NIL: u8 = 106;
const LIST: u8 = 108;
const BINARY: u8 = 109;

/// `{[]}`, JSON's empty object, which comes after all ids in a view.
const AFTER_ALL: [u8; 3] = [SMALL_TUPLE, 1, NIL];

/// The position in an account's list that a key names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// The first page, in either order.
    First,
    /// The page that starts with this function.
    Id(String),
}

/// The key of the page that starts with a function.
pub(super) fn encode(account_id: &str, id: &str) -> String {
    term(account_id, Some(&binary(id)))
}

/// The key of the first page, by descending id.
pub(super) fn encode_first(account_id: &str) -> String {
    term(account_id, Some(&AFTER_ALL))
}

/// The key of the first page, by ascending id.
pub(super) fn encode_first_ascending(account_id: &str) -> String {
    term(account_id, None)
}

/// Reads a client's key. A text that is not a key is an id (`api_util.erl`, `decode_start_key/1`). The account in a key
/// is ignored.
pub(super) fn decode(text: &str) -> Start {
    let bytes = BASE64.decode(text).unwrap_or_default();
    start(&bytes).unwrap_or_else(|| Start::Id(text.to_owned()))
}

fn term(account_id: &str, second: Option<&[u8]>) -> String {
    let items: u32 = if second.is_some() { 2 } else { 1 };
    let mut bytes = vec![VERSION, LIST];
    bytes.extend(items.to_be_bytes());
    bytes.extend(binary(account_id));
    bytes.extend(second.unwrap_or_default());
    bytes.push(NIL);
    BASE64.encode(bytes)
}

fn binary(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut bytes = vec![BINARY];
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

fn start(bytes: &[u8]) -> Option<Start> {
    let list = bytes.strip_prefix(&[VERSION, LIST])?;
    let (items, list) = number(list)?;
    let (_account, rest) = read_binary(list)?;
    let (start, rest) = match items {
        1 => (Start::First, rest),
        2 if rest.starts_with(&AFTER_ALL) => (Start::First, &rest[AFTER_ALL.len()..]),
        2 => {
            let (id, rest) = read_binary(rest)?;
            (Start::Id(String::from_utf8(id.to_vec()).ok()?), rest)
        }
        _ => return None,
    };
    (rest == [NIL]).then_some(start)
}

fn read_binary(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = number(bytes.strip_prefix(&[BINARY])?)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*digits), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ACCOUNT: &str = "4fe69c5b61015084f1fe5684abc6e502";
    const ID: &str = "2b6b3c0a2f7f4a1d9a0f6e0f7f6c8d11";

    #[test]
    fn keys_are_kazoos() {
        let first = "g2wAAAACbQAAACA0ZmU2OWM1YjYxMDE1MDg0ZjFmZTU2ODRhYmM2ZTUwMmgBamo";
        assert_eq!(encode_first(ACCOUNT), first);
        assert_eq!(decode(first), Start::First);
        assert_eq!(decode(&format!("{first}=")), Start::First);

        let key = BASE64.decode(encode(ACCOUNT, ID)).unwrap();
        let expected = [
            &[131, 108, 0, 0, 0, 2, 109, 0, 0, 0, 32],
            ACCOUNT.as_bytes(),
            &[109, 0, 0, 0, 32],
            ID.as_bytes(),
            &[106],
        ];
        assert_eq!(key, expected.concat());
        let key = BASE64.decode(encode_first_ascending(ACCOUNT)).unwrap();
        let expected = [
            &[131, 108, 0, 0, 0, 1, 109, 0, 0, 0, 32],
            ACCOUNT.as_bytes(),
            &[106],
        ];
        assert_eq!(key, expected.concat());
        assert_eq!(decode(&encode_first_ascending(ACCOUNT)), Start::First);
    }

    #[test]
    fn what_is_no_key_is_an_id() {
        let whole = encode(ACCOUNT, ID);
        let cut = &whole[..whole.len() - 4];
        let more = BASE64.encode([BASE64.decode(&whole).unwrap(), vec![NIL]].concat());
        let endless = BASE64.encode([131, 108, 0, 0, 0, 2, 109, 255, 255, 255, 255]);
        let no_text = BASE64.encode([
            131, 108, 0, 0, 0, 2, 109, 0, 0, 0, 0, 109, 0, 0, 0, 1, 255, 106,
        ]);
        for text in ["", ID, "not base64!", cut, &more, &endless, &no_text] {
            assert_eq!(decode(text), Start::Id(text.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn a_key_is_read_back_whatever_its_account(account in ".*", id in ".*") {
            prop_assert_eq!(decode(&encode(&account, &id)), Start::Id(id));
            prop_assert_eq!(decode(&encode_first(&account)), Start::First);
            prop_assert_eq!(decode(&encode_first_ascending(&account)), Start::First);
        }

        #[test]
        fn any_bytes_are_a_key_or_an_id(
            head in prop_oneof![Just(vec![]), Just(vec![131, 108, 0, 0, 0, 2]), Just(vec![131, 108, 0, 0, 0, 2, 109, 0, 0, 0, 1, 65, 109])],
            tail in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(109), Just(106)], 0..40),
        ) {
            let text = BASE64.encode([head, tail].concat());
            if let Start::Id(id) = decode(&text) && id != text {
                prop_assert!(id.len() < text.len());
            }
        }

        #[test]
        fn any_text_is_a_key_or_an_id(text in ".*") {
            if let Start::Id(id) = decode(&text) {
                prop_assert_eq!(id, text);
            }
        }
    }
}
