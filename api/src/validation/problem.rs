//! Problems of documents, in KAZOO's words (`kz_json_schema.erl`).

use std::io;

use jsonschema::{
    JsonType, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::{Map, Value, json};

/// Most problems that are reported of a document: more than anybody mends at once.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// Most unknown properties that a problem names.
const MAX_UNEXPECTED: usize = 20;

/// Largest value that a problem repeats, in bytes. KAZOO repeats all values. A client has the values that it sent.
const MAX_REPEATED_BYTES: usize = 4 * 1024;

/// A problem of one field.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Dotted path of the field.
    pub(crate) field: String,
    /// `required`, `type`, …
    pub(crate) code: &'static str,
    /// `message`, and what else belongs to the code.
    pub(crate) details: Value,
}

impl Problem {
    /// A value that has another type than `target`, which may name several types.
    pub(crate) fn wrong_type(field: String, target: &str, value: &Value) -> Self {
        Self {
            field,
            code: "type",
            details: json!({
                "message": format!("Value did not match type(s): {target}"),
                "target": target,
                "value": repeated(value),
            }),
        }
    }

    /// A missing field. jesse reports its name as the value.
    pub(crate) fn required(field: String, name: &str) -> Self {
        Self {
            field,
            code: "required",
            details: json!({"message": "Field is required but missing", "value": name}),
        }
    }

    pub(crate) fn too_short(field: String, limit: u64, value: &Value) -> Self {
        let message = format!("String must be at least {limit} characters");
        Self {
            field,
            code: "minLength",
            details: json!({"message": message, "target": limit, "cause": repeated(value), "value": repeated(value)}),
        }
    }

    pub(crate) fn too_long(field: String, limit: u64, value: &Value) -> Self {
        let message = format!("String must not be more than {limit} characters");
        Self {
            field,
            code: "maxLength",
            details: json!({"message": message, "target": limit, "cause": repeated(value), "value": repeated(value)}),
        }
    }

    /// A problem that schemas cannot express (`kz_json_schema_extensions.erl`).
    pub(crate) fn error(field: String, message: &str, value: &Value) -> Self {
        Self {
            field,
            code: "error",
            details: json!({"message": message, "value": repeated(value)}),
        }
    }
}

/// All problems of a document.
#[derive(Debug, thiserror::Error)]
#[error("the document is not valid")]
pub(crate) struct Invalid(Vec<Problem>);

impl Invalid {
    /// An error, if there are problems.
    pub(crate) fn unless_empty(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// The problems as JSON: `{"name":{"required":{"message":…}}}`.
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

impl FromIterator<Problem> for Invalid {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

impl From<Problem> for Invalid {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// A value for a problem: `null` if it has more than [`MAX_REPEATED_BYTES`] as JSON.
fn repeated(value: &Value) -> Value {
    let fits = serde_json::to_writer(Room(MAX_REPEATED_BYTES), value).is_ok();
    if fits { value.clone() } else { Value::Null }
}

/// A writer that accepts a limited number of bytes.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A path as KAZOO writes it: `a.b`, with `%2E` for a dot inside a key.
pub(crate) fn dotted<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let keys = keys.into_iter().map(|key| key.replace('.', "%2E"));
    keys.collect::<Vec<_>>().join(".")
}

/// The problems of a validation error in the part of a document below these keys.
pub(crate) fn problems(within: &[&str], error: &ValidationError) -> Vec<Problem> {
    let value = error.instance().as_ref();
    let segments = error.instance_path().iter();
    let below: Vec<_> = segments.map(|segment| segment.to_string()).collect();
    let keys = || {
        within
            .iter()
            .copied()
            .chain(below.iter().map(String::as_str))
    };
    let field_of = |name| dotted(keys().chain([name]));
    let field = dotted(keys());
    let one = |code, details| {
        vec![Problem {
            field: field.clone(),
            code,
            details,
        }]
    };
    let failed = |code| {
        one(
            code,
            json!({"message": "failed to validate", "value": repeated(value)}),
        )
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![Problem::required(field_of(name), name)]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let extra = unexpected.iter().take(MAX_UNEXPECTED).map(|name| Problem {
                field: field_of(name),
                code: "additionalProperties",
                details: json!({"message": "Strict checking of data is enabled; only include schema-defined properties", "value": repeated(value)}),
            });
            extra.collect()
        }
        ValidationErrorKind::Type { kind } => {
            vec![Problem::wrong_type(field, &types(kind), value)]
        }
        ValidationErrorKind::Custom { message, .. } => {
            vec![Problem::error(field, message, value)]
        }
        ValidationErrorKind::MinLength { limit } => {
            vec![Problem::too_short(field, *limit, value)]
        }
        ValidationErrorKind::MaxLength { limit } => {
            vec![Problem::too_long(field, *limit, value)]
        }
        ValidationErrorKind::Enum { options } => one(
            "enum",
            json!({"message": "Value not found in enumerated list of values", "target": &**options, "value": repeated(value)}),
        ),
        ValidationErrorKind::Minimum { limit }
        | ValidationErrorKind::ExclusiveMinimum { limit } => one(
            "minimum",
            json!({"message": format!("Value must be at least {limit}"), "target": limit, "value": repeated(value)}),
        ),
        ValidationErrorKind::Maximum { limit }
        | ValidationErrorKind::ExclusiveMaximum { limit } => one(
            "maximum",
            json!({"message": format!("Value must be at most {limit}"), "target": limit, "value": repeated(value)}),
        ),
        ValidationErrorKind::MinItems { limit } => one(
            "minItems",
            json!({"message": format!("The list must have at least {limit} items"), "target": limit, "value": repeated(value)}),
        ),
        ValidationErrorKind::MaxItems { limit } => one(
            "maxItems",
            json!({"message": format!("The list is more than {limit} items"), "target": limit, "value": repeated(value)}),
        ),
        ValidationErrorKind::UniqueItems => one(
            "uniqueItems",
            json!({"message": "List of items is not unique", "value": repeated(value)}),
        ),
        ValidationErrorKind::Pattern { pattern } => one(
            "pattern",
            json!({"message": format!("Failed to match pattern '{pattern}'"), "target": pattern, "value": repeated(value)}),
        ),
        ValidationErrorKind::Format { format } => one(
            "wrong_format",
            json!({"message": "Field is not in the correct format", "value": repeated(value), "format": format}),
        ),
        // jesse's own words. KAZOO has no text for these errors.
        ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => failed("not_one_schema_valid"),
        ValidationErrorKind::AnyOf { .. } => failed("any_schemas_not_valid"),
        ValidationErrorKind::Not { .. } => failed("not_schema_valid"),
        _ => one(
            "invalid",
            json!({"message": error.masked().to_string(), "value": repeated(value)}),
        ),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => {
            let names: Vec<_> = set.iter().map(JsonType::as_str).collect();
            names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_unknown_properties_is_bounded() {
        let validator = jsonschema::draft4::new(&json!({
            "properties": {"known": {}}, "additionalProperties": false,
        }))
        .unwrap();
        let document: Map<_, _> = (0..1_000).map(|it| (it.to_string(), it.into())).collect();
        let document = document.into();
        let errors = validator.iter_errors(&document);
        let found: Vec<_> = errors.flat_map(|error| problems(&[], &error)).collect();
        assert_eq!(found.len(), MAX_UNEXPECTED);
        assert!(found.iter().all(|it| it.details["value"].is_null()));
    }

    #[test]
    fn a_large_value_is_not_repeated() {
        let fits = "x".repeat(MAX_REPEATED_BYTES - 2);
        for (value, shown) in [
            (json!(fits), json!(fits)),
            (json!(fits + "x"), Value::Null),
            (json!(vec![[0]; 2_000]), Value::Null),
        ] {
            let problem = Problem::too_long("a".into(), 1, &value);
            assert_eq!(problem.details["value"], shown);
            assert_eq!(problem.details["cause"], shown);
        }
    }

    #[test]
    fn every_kind_of_problem_has_kazoos_code_and_words() {
        let schema = json!({
            "required": ["must"],
            "additionalProperties": false,
            "properties": {
                "must": {},
                "text": {"type": "string", "minLength": 2, "maxLength": 3},
                "word": {"enum": ["a", "b"]},
                "number": {"type": "integer", "minimum": 2, "maximum": 3},
                "list": {"type": ["array", "string"], "minItems": 2, "maxItems": 3, "uniqueItems": true},
                "name": {"pattern": "^a"},
                "address": {"format": "email"},
                "one": {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
                "any": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
                "a.b": {"type": "object", "properties": {"c": {"items": {"type": "string"}}}},
            },
        });
        let validator = jsonschema::draft4::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap();
        for (document, field, code, message) in [
            (
                json!({}),
                "must",
                "required",
                "Field is required but missing",
            ),
            (
                json!({"must": 1, "x.y": 1}),
                "x%2Ey",
                "additionalProperties",
                "Strict checking of data is enabled; only include schema-defined properties",
            ),
            (
                json!({"must": 1, "text": 1}),
                "text",
                "type",
                "Value did not match type(s): string",
            ),
            (
                json!({"must": 1, "text": "ä"}),
                "text",
                "minLength",
                "String must be at least 2 characters",
            ),
            (
                json!({"must": 1, "text": "äöüß"}),
                "text",
                "maxLength",
                "String must not be more than 3 characters",
            ),
            (
                json!({"must": 1, "word": "c"}),
                "word",
                "enum",
                "Value not found in enumerated list of values",
            ),
            (
                json!({"must": 1, "number": 1.0}),
                "number",
                "type",
                "Value did not match type(s): integer",
            ),
            (
                json!({"must": 1, "number": 1}),
                "number",
                "minimum",
                "Value must be at least 2",
            ),
            (
                json!({"must": 1, "number": 4}),
                "number",
                "maximum",
                "Value must be at most 3",
            ),
            (
                json!({"must": 1, "list": 1}),
                "list",
                "type",
                "Value did not match type(s): string, array",
            ),
            (
                json!({"must": 1, "list": [1]}),
                "list",
                "minItems",
                "The list must have at least 2 items",
            ),
            (
                json!({"must": 1, "list": [1, 2, 3, 4]}),
                "list",
                "maxItems",
                "The list is more than 3 items",
            ),
            (
                json!({"must": 1, "list": [1, 1]}),
                "list",
                "uniqueItems",
                "List of items is not unique",
            ),
            (
                json!({"must": 1, "name": "b"}),
                "name",
                "pattern",
                "Failed to match pattern '^a'",
            ),
            (
                json!({"must": 1, "address": "b"}),
                "address",
                "wrong_format",
                "Field is not in the correct format",
            ),
            (
                json!({"must": 1, "one": 1}),
                "one",
                "not_one_schema_valid",
                "failed to validate",
            ),
            (
                json!({"must": 1, "any": 1}),
                "any",
                "any_schemas_not_valid",
                "failed to validate",
            ),
            (
                json!({"must": 1, "a.b": {"c": ["x", 1]}}),
                "a%2Eb.c.1",
                "type",
                "Value did not match type(s): string",
            ),
        ] {
            let found = validator.iter_errors(&document);
            let found = found.flat_map(|error| problems(&[], &error)).collect();
            let found = Invalid(found).to_json();
            assert_eq!(found.as_object().unwrap().len(), 1, "{found}");
            assert_eq!(found[field][code]["message"], message, "{found}");
        }
    }
}
