//! Identifiers and secrets, made from the operating system's random numbers.

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}

/// Random bytes as lower-case hexadecimal digits, two for each byte.
///
/// # Panics
/// If the operating system gives no random numbers.
pub fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    hex(&bytes)
}

/// A random id for an account, a function or a request: 32 digits (KAZOO `kz_datamgr.erl`, `get_uuid/0`).
pub fn random_id() -> String {
    random_hex::<16>()
}

/// A random API key or token: 64 digits, 256 bits (KAZOO `kzd_accounts.erl` makes keys of this length).
pub fn random_secret() -> String {
    random_hex::<32>()
}
