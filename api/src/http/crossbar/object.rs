//! A request's `data` as an object.

use serde_json::{Map, Value};

use crate::{
    http::{budget::Share, error::ApiError},
    validation::{
        too_many_values,
        tree::{self, MAX_REQUEST_VALUES},
    },
};

/// Objects and lists within each other, as many as `serde_json` reads.
const MAX_DEPTH: usize = 127;

/// A key that `serde_json` takes for its own: of an object that begins with it, it reads the JSON in its text instead, and
/// begins to count depth anew.
const RAW_VALUE_KEY: &str = "$serde_json::private::RawValue";

/// Parses an object, if it has no more values than a request may have. Its memory is taken before, out of the request's share.
///
/// # Errors
/// If it has more, if there is no memory for it, or if it could not be read again once it is stored.
pub(super) fn parsed(data: &[u8], share: Option<&Share>) -> Result<Map<String, Value>, ApiError> {
    let too_many = || ApiError::invalid(&too_many_values("data", MAX_REQUEST_VALUES));
    let weight = tree::weigh(data, MAX_REQUEST_VALUES).ok_or_else(too_many)?;
    if let Some(share) = share {
        share.grow(weight.bytes)?;
    }
    let object: Map<_, _> =
        serde_json::from_slice(data).map_err(|error| ApiError::malformed(&error.to_string()))?;
    let below = MAX_DEPTH - 1;
    if !object.values().all(|it| stays_readable(it, below)) {
        return Err(ApiError::malformed("recursion limit exceeded"));
    }
    Ok(object)
}

/// Whether what is stored can be read again, also after changes. Recursion ends after so many levels.
fn stays_readable(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return !(value.is_object() || value.is_array());
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .all(|(key, value)| key != RAW_VALUE_KEY && stays_readable(value, below)),
        Value::Array(items) => items.iter().all(|item| stays_readable(item, below)),
        _ => true,
    }
}
