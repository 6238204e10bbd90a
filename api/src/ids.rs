//! Identifiers and secrets, all from the operating system's random numbers.

/// `bytes` random bytes as lower-case hexadecimal digits.
fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Names an account, a function, a request: 32 digits (KAZOO `kz_datamgr.erl`, `get_uuid/0`).
pub(crate) fn random_id() -> String {
    random_hex::<16>()
}

/// An API key or a token: 64 digits, 256 bits (KAZOO `kzd_accounts.erl` makes keys of this length).
pub(crate) fn random_secret() -> String {
    random_hex::<32>()
}
