//! Validates documents of functions.

use std::sync::LazyLock;

use serde_json::{Value, json};
use switchhook_store::document::{
    self, MODULE, MODULE_LANGUAGE, PublicDocument, SOURCE, language_pack,
};

use crate::validation::{Invalid, Problem, Schema, validate_size, validate_time_zone};

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(include_str!("schema.json")));

/// The schema of a function that is a module, and has no source.
static MODULE_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = schema().clone();
    schema["required"] = json!(["name", MODULE]);
    Schema::new(&schema.to_string())
});

/// The schema for documents from KAZOO's database. KAZOO does not limit the lengths of names and sources (KAZOO
/// `functions.json`).
static KAZOOS_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let mut schema = schema().clone();
    for field in ["name", SOURCE] {
        schema["properties"][field] = json!({"type": "string"});
    }
    Schema::new(&schema.to_string())
});

/// The schema of functions' documents.
pub(crate) fn schema() -> &'static Value {
    SCHEMA.json()
}

/// Ids that no function can have, because paths contain these words in the place of an id.
const RESERVED_IDS: [&str; 5] = ["attempts", "samples", "stats", "test", "types"];

/// The id that a new function asks for, if any.
pub(super) fn chosen_id(data: &PublicDocument) -> Result<Option<String>, Invalid> {
    let id = crate::validation::chosen_id(data)?;
    if let Some(id) = &id {
        validate_id(id)?;
    }
    Ok(id)
}

/// Checks that an id is not one of the reserved words.
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

/// Adds defaults to a document and checks it.
pub(super) fn validate(document: &mut PublicDocument) -> Result<(), Invalid> {
    if language_pack(document) == MODULE_LANGUAGE {
        check(document, &MODULE_SCHEMA, SOURCE)
    } else {
        check(document, &SCHEMA, MODULE)
    }
}

/// Adds defaults to a document from KAZOO's database and checks it. The document may contain functions that cannot run.
pub(super) fn validate_kazoos(document: &mut PublicDocument) -> Result<(), Invalid> {
    if document::is_module(document) {
        check(document, &MODULE_SCHEMA, SOURCE)
    } else {
        check(document, &KAZOOS_SCHEMA, MODULE)
    }
}

/// Checks a document. `other` is the program field of the other kind of function, which it must not have.
fn check(document: &mut PublicDocument, schema: &Schema, other: &str) -> Result<(), Invalid> {
    let is_source =
        |name: &str, value: &Value| [SOURCE, MODULE].contains(&name) && value.is_string();
    validate_size(
        document
            .iter()
            .filter(|(name, value)| !is_source(name, value)),
    )?;
    schema.check(document)?;
    if document.contains_key(other) {
        return Err(not_both(other));
    }
    validate_time_zone(document)
}

/// The error for a function with both a source and a module.
fn not_both(field: &str) -> Invalid {
    Problem {
        field: field.into(),
        code: "disallowed",
        details: json!({
            "message": format!("Functions have a `{MODULE}` if their language_pack is {MODULE_LANGUAGE}, else a `{SOURCE}`"),
        }),
    }
    .into()
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
    fn a_function_has_a_source_or_is_a_module() {
        let module = json!({"name": "n", "language_pack": "wasm", "function_wasm": "AA=="});
        assert!(checked(module).is_ok());
        for (document, field, code) in [
            (
                json!({"language_pack": "wasm"}),
                "function_wasm",
                "required",
            ),
            (
                json!({"language_pack": "wasm", "function_wasm": 1}),
                "function_wasm",
                "type",
            ),
            (
                json!({"language_pack": "wasm", "function_wasm": "AA==", "function_js": "x"}),
                "function_js",
                "disallowed",
            ),
            (
                json!({"function_wasm": "AA==", "function_js": "x"}),
                "function_wasm",
                "disallowed",
            ),
            (json!({"function_wasm": "AA=="}), "function_js", "required"),
        ] {
            let mut document = document;
            document["name"] = json!("n");
            let problems = checked(document).unwrap_err();
            assert!(problems[field][code].is_object(), "{problems}");
        }
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
    fn kazoos_database_keeps_names_and_sources_of_any_length() {
        let kept = |document: Value| {
            let Value::Object(mut document) = document else {
                panic!("not an object")
            };
            validate_kazoos(&mut document).map_err(|invalid| invalid.to_json())
        };
        let name = "n".repeat(129);
        for document in [
            json!({"name": name, "function_js": ""}),
            json!({"name": "", "function_js": "x", "language_pack": "cobol"}),
            json!({"name": "n", "function_js": "x", "language_pack": "wasm"}),
            json!({"name": "n", "function_wasm": "AA==", "language_pack": "wasm"}),
        ] {
            assert_eq!(kept(document), Ok(()));
        }
        for (document, field) in [
            (json!({"name": "n"}), "function_js"),
            (json!({"name": 1, "function_js": "x"}), "name"),
            (
                json!({"name": "n", "function_js": "x", "limits": {"fuel": 0}}),
                "limits.fuel",
            ),
            (
                json!({"name": "n", "function_js": "x", "function_wasm": "AA==", "language_pack": "wasm"}),
                "function_js",
            ),
        ] {
            assert!(kept(document).unwrap_err()[field].is_object());
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
