//! A request's `data` as an object.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use switchhook_store::document::{MODULE, SOURCE};

use crate::{
    http::{budget::Share, error::ApiError},
    validation::{
        too_many_values,
        tree::{self, MAX_REQUEST_VALUES},
    },
};

/// Deepest nesting of objects and lists that `serde_json` reads.
const MAX_DEPTH: usize = 127;

/// A key with a special meaning in `serde_json`: if an object begins with it, serde parses the JSON in its text
/// instead, and counts the depth anew.
const RAW_VALUE_KEY: &str = "$serde_json::private::RawValue";

/// The members that are usually the largest.
#[derive(Deserialize)]
struct Programs<'a> {
    #[serde(borrow)]
    function_js: Option<&'a RawValue>,
    #[serde(borrow)]
    function_wasm: Option<&'a RawValue>,
}

/// The field that makes an object too large: its program, if that is the greater part, or the whole object.
pub(super) fn too_large_field(data: &[u8]) -> &'static str {
    let is_most = |program: Option<&RawValue>| {
        program.is_some_and(|program| program.get().len() > data.len() / 2)
    };
    match serde_json::from_slice(data) {
        Ok(Programs { function_js, .. }) if is_most(function_js) => SOURCE,
        Ok(Programs { function_wasm, .. }) if is_most(function_wasm) => MODULE,
        _ => "data",
    }
}

/// Parses an object. Its memory is taken from the request's share first.
///
/// # Errors
/// If it has too many values, if there is no memory for it, or if it could not be read again once it is stored.
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

/// Whether a stored value can be read again, also after changes. Checks so many levels.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_named_that_is_most_of_an_object() {
        let field = |data: &str| too_large_field(data.as_bytes());
        let program = "x".repeat(100);
        let module = format!(r#"{{"name": "n", "function_wasm": "{program}"}}"#);
        assert_eq!(field(&module), MODULE);
        let source = format!(r#"{{"function_js": "{program}", "name": "n"}}"#);
        assert_eq!(field(&source), SOURCE);
        assert_eq!(
            field(r#"{"function_js": "", "custom": "as large as it is"}"#),
            "data"
        );
        assert_eq!(
            field(r#"{"function_js": "twice", "function_js": "twice"}"#),
            "data"
        );
    }
}
