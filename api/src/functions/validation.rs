//! Checks functions' documents against the schema.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::{
    document::PublicDocument,
    problem::{Invalid, Problem},
    validation::{Schema, validate_size, validate_time_zone},
};

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(include_str!("schema.json")));

/// What a function's document must be.
pub(crate) fn schema() -> &'static Value {
    SCHEMA.json()
}

/// What stands where an id would, in paths: no function can be called so.
const RESERVED_IDS: [&str; 3] = ["attempts", "samples", "test"];

/// The id that a new function asks for, if it does.
pub(super) fn chosen_id(data: &PublicDocument) -> Result<Option<String>, Invalid> {
    let id = crate::validation::chosen_id(data)?;
    if let Some(id) = &id {
        validate_id(id)?;
    }
    Ok(id)
}

/// No function can be called by what stands for something else.
pub(super) fn validate_id(id: &str) -> Result<(), Invalid> {
    if !RESERVED_IDS.contains(&id) {
        return Ok(());
    }
    Err(Problem {
        field: "id".into(),
        code: "disallowed",
        details: json!({"message": "Value is reserved and cannot be an id", "value": id}),
    }
    .into())
}

/// Fills in defaults and checks.
pub(super) fn validate(document: &mut PublicDocument) -> Result<(), Invalid> {
    let is_source = |name: &str, value: &Value| name == "function_js" && value.is_string();
    validate_size(
        document
            .iter()
            .filter(|(name, value)| !is_source(name, value)),
    )?;
    SCHEMA.check(document)?;
    validate_time_zone(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(value: Value) -> Result<Value, Value> {
        let Value::Object(mut document) = value else {
            panic!("not an object")
        };
        match validate(&mut document) {
            Ok(()) => Ok(Value::Object(document)),
            Err(invalid) => Err(invalid.to_json()),
        }
    }

    #[test]
    fn defaults_are_filled_in_and_unknown_fields_kept() {
        assert_eq!(
            checked(json!({"name": "n", "function_js": "x", "custom": {"a": 1}})),
            Ok(
                json!({"name": "n", "function_js": "x", "custom": {"a": 1}, "enabled": true, "language_pack": "javascript"})
            )
        );
    }

    #[test]
    fn booleans_given_as_strings_are_coerced_and_strings_are_not() {
        assert_eq!(
            checked(json!({"name": "n", "function_js": "x", "enabled": "false"})).unwrap()["enabled"],
            json!(false)
        );
        assert_eq!(
            checked(json!({"name": "n", "function_js": 123, "enabled": "no"})),
            Err(json!({
                "function_js": {"type": {"message": "Value did not match type(s): string", "target": "string", "value": 123}},
                "enabled": {"type": {"message": "Value did not match type(s): boolean", "target": "boolean", "value": "no"}},
            }))
        );
    }

    #[test]
    fn missing_fields_are_named() {
        assert_eq!(
            checked(json!({})),
            Err(json!({
                "name": {"required": {"message": "Field is required but missing", "value": "name"}},
                "function_js": {"required": {"message": "Field is required but missing", "value": "function_js"}},
            }))
        );
    }

    #[test]
    fn limits_are_numbers_with_known_names() {
        let document = |limits: Value| json!({"name": "n", "function_js": "x", "limits": limits});
        assert!(checked(document(json!({"fuel": 1, "log_bytes": 0}))).is_ok());
        for (limits, field, code) in [
            (json!({"fuel": 0}), "limits.fuel", "minimum"),
            (json!({"fuel": "many"}), "limits.fuel", "type"),
            (json!({"fule": 1}), "limits.fule", "additionalProperties"),
        ] {
            let problems = checked(document(limits)).unwrap_err();
            assert!(problems[field][code]["message"].is_string(), "{problems}");
        }
    }

    #[test]
    fn a_time_zone_has_a_name_of_the_iana_database() {
        let document = |zone| json!({"name": "n", "function_js": "x", "timezone": zone});
        assert!(checked(document("America/New_York")).is_ok());
        for zone in ["Mars/Olympus_Mons", "", "EST5EDT,M3.2.0,M11.1.0"] {
            let problems = checked(document(zone)).unwrap_err();
            assert_eq!(problems["timezone"]["enum"]["value"], zone);
        }
    }

    #[test]
    fn an_empty_name_is_too_short() {
        assert_eq!(
            checked(json!({"name": "", "function_js": "x"})),
            Err(
                json!({"name": {"minLength": {"message": "String must be at least 1 characters", "target": 1, "cause": "", "value": ""}}})
            )
        );
    }
}
