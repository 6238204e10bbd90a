//! The constants and secrets of a function, as the host's WASI environment holds them during a call.

/// The variable with the time zone of the call. It is not one of the function's own variables.
pub const TIME_ZONE: &str = "TZ";

/// The value of a variable, or `None` if it is not set.
pub fn variable(name: &str) -> Option<String> {
    all().find_map(|(known, value)| (known == name).then_some(value))
}

/// The function's own variables, without the time zone.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    all().filter(|(name, _)| name != TIME_ZONE)
}

/// Asks the host each time: the C library would remember the answer, and the snapshot would contain it.
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

/// The environment as WASI writes it: `NAME=value` and a NUL for each variable.
fn read() -> Result<Vec<u8>, wasip1::Errno> {
    // SAFETY: takes no pointers; WASI's own answer says how large the buffers must be.
    let (count, bytes) = unsafe { wasip1::environ_sizes_get()? };
    let mut variables = vec![std::ptr::null_mut(); count];
    let mut buffer = vec![0; bytes];
    // SAFETY: both buffers have the sizes asked for a moment ago, and the environment does not change.
    unsafe { wasip1::environ_get(variables.as_mut_ptr(), buffer.as_mut_ptr())? };
    Ok(buffer)
}
