//! The constants and secrets of a function, as the host's WASI environment holds them during a call.

/// Names the time zone of the call; not one of the function's own variables.
pub const TIME_ZONE: &str = "TZ";

/// The value of one variable.
pub fn variable(name: &str) -> Option<String> {
    all().find_map(|(known, value)| (known == name).then_some(value))
}

/// The function's own variables: not the time zone.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    all().filter(|(name, _)| name != TIME_ZONE)
}

/// Asks the host each time: what the C library remembers would get into snapshots.
fn all() -> impl Iterator<Item = (String, String)> {
    read()
        .unwrap_or_default()
        .split(|byte| *byte == 0)
        .filter_map(|variable| {
            let (name, value) = str::from_utf8(variable).ok()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// `NAME=value`, each with a NUL behind it.
fn read() -> Result<Vec<u8>, wasip1::Errno> {
    // SAFETY: takes no pointers; WASI's own answer says how large the buffers must be.
    let (count, bytes) = unsafe { wasip1::environ_sizes_get()? };
    let mut variables = vec![std::ptr::null_mut(); count];
    let mut buffer = vec![0; bytes];
    // SAFETY: both buffers have the sizes asked for a moment ago, and the environment does not change.
    unsafe { wasip1::environ_get(variables.as_mut_ptr(), buffer.as_mut_ptr())? };
    Ok(buffer)
}
