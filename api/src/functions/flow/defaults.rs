//! Missing properties with a default.
//!
//! KAZOO's validator adds the default, and checks it like any other value, before it checks what is required (jesse,
//! `check_properties` and `set_default`). Whether a default is valid does not depend on the flow. So the schemas are
//! rewritten in advance, and valid flows need no added defaults.

use std::{collections::HashMap, sync::Arc};

use jsonschema::ValidationOptions;
use serde_json::{Map, Value};

use super::modules::{Schemas, options};

type Object = Map<String, Value>;

/// Keywords whose value is a schema, or a list of schemas.
const SCHEMAS: [&str; 7] = [
    "items",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
];

/// Keywords whose value is an object of schemas.
const SCHEMAS_BY_NAME: [&str; 4] = [
    "properties",
    "patternProperties",
    "definitions",
    "dependencies",
];

/// The same schemas with other requirements: a property with a valid default is never required, and a property with an
/// invalid default always is.
pub(super) fn applied(mut schemas: HashMap<String, Value>) -> HashMap<String, Value> {
    for schema in schemas.values_mut() {
        each_object(schema, &mut |object| {
            for property in with_defaults(object) {
                require(object, &property, false);
            }
        });
    }
    // Repeated until nothing changes: a default can be an object whose properties have defaults in a schema that it
    // refers to.
    loop {
        let options = options(Schemas(Arc::new(schemas.clone())));
        let mut has_changed = false;
        for schema in schemas.values_mut() {
            each_object(schema, &mut |object| {
                for property in with_defaults(object) {
                    if !is_valid(&options, &object["properties"][&property]) {
                        has_changed |= require(object, &property, true);
                    }
                }
            });
        }
        if !has_changed {
            return schemas;
        }
    }
}

/// Adds defaults, also those of nested properties.
pub(super) fn fill_in(value: &mut Value, schema: &Value) {
    let (Value::Object(value), Some(object)) = (value, schema.as_object()) else {
        return;
    };
    for name in with_defaults(object) {
        let default = &object["properties"][&name]["default"];
        value.entry(name).or_insert_with(|| default.clone());
    }
    let properties = object.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(property) = value.get_mut(name) {
            fill_in(property, schema);
        }
    }
}

/// The properties with a default, if the type of the schema is `object`: jesse has defaults for these alone.
fn with_defaults(object: &Object) -> Vec<String> {
    let properties = object.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    let has_default = |schema: &Value| {
        schema
            .get("default")
            .is_some_and(|default| match schema.get("type") {
                Some(Value::String(name)) => is_a(default, name),
                Some(Value::Array(names)) => {
                    let mut names = names.iter().filter_map(Value::as_str);
                    names.any(|name| is_a(default, name))
                }
                _ => false,
            })
    };
    let with = properties.filter(|(_, schema)| has_default(schema));
    with.map(|(name, _)| name.clone()).collect()
}

fn is_a(value: &Value, type_name: &str) -> bool {
    match type_name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// Whether a property's default is valid. A default counts as valid if its schema alone does not decide.
fn is_valid(options: &ValidationOptions<'static>, property: &Value) -> bool {
    let validator = options.build(property);
    validator.map_or(true, |validator| validator.is_valid(&property["default"]))
}

/// Makes a property required, or not. Returns whether this changed the schema.
fn require(object: &mut Object, property: &str, is_required: bool) -> bool {
    let names = match object.get_mut("required") {
        Some(Value::Array(names)) => names,
        Some(_) => return false,
        None if is_required => {
            object.insert("required".into(), vec![property].into());
            return true;
        }
        None => return false,
    };
    let before = names.len();
    names.retain(|name| name != property);
    if is_required {
        names.push(property.into());
    } else if names.is_empty() {
        // Draft 4 allows no empty list.
        object.shift_remove("required");
    }
    let after = object
        .get("required")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    before != after
}

/// Visits all schemas inside a schema, the innermost first.
fn each_object(schema: &mut Value, change: &mut impl FnMut(&mut Object)) {
    match schema {
        Value::Array(schemas) => {
            for schema in schemas {
                each_object(schema, change);
            }
        }
        Value::Object(object) => {
            for keyword in SCHEMAS {
                if let Some(schema) = object.get_mut(keyword) {
                    each_object(schema, change);
                }
            }
            for keyword in SCHEMAS_BY_NAME {
                if let Some(Value::Object(schemas)) = object.get_mut(keyword) {
                    for schema in schemas.values_mut() {
                        each_object(schema, change);
                    }
                }
            }
            change(object);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A schema that requires what `schema` requires and `other` does not.
    fn required(schema: &Value, other: &Value) -> Value {
        let schemas = [("a", schema), ("b", other)];
        let schemas = schemas.map(|(name, schema)| (name.to_owned(), schema.clone()));
        let schemas = applied(schemas.into());
        schemas["a"]["required"].clone()
    }

    #[test]
    fn what_has_a_default_is_not_required_unless_that_is_not_valid() {
        for (property, expected) in [
            (json!({"type": "integer"}), json!(["p", "q"])),
            (json!({"type": "integer", "default": 486}), json!(["q"])),
            (
                json!({"type": "integer", "default": "486"}),
                json!(["p", "q"]),
            ),
            (
                json!({"type": "integer", "default": 1.5}),
                json!(["p", "q"]),
            ),
            (json!({"default": 486}), json!(["p", "q"])),
            (
                json!({"type": ["string", "null"], "default": null}),
                json!(["q"]),
            ),
            (
                json!({"type": "array", "default": [], "minItems": 1}),
                json!(["q", "p"]),
            ),
            (json!({"type": "object", "default": {}}), json!(["q"])),
            (
                json!({"type": "object", "default": {}, "required": ["r"]}),
                json!(["q", "p"]),
            ),
            (
                json!({"type": "object", "default": {}, "required": ["r"], "properties": {"r": {"type": "string", "default": ""}}}),
                json!(["q"]),
            ),
            (
                json!({"type": "object", "default": {}, "properties": {"r": {"type": "string", "default": "", "minLength": 1}}}),
                json!(["q", "p"]),
            ),
            (
                json!({"type": "object", "default": {}, "allOf": [{"$ref": "b"}]}),
                json!(["q", "p"]),
            ),
        ] {
            let schema = json!({"required": ["p", "q"], "properties": {"p": property}});
            let other =
                json!({"properties": {"s": {"type": "integer", "minimum": 1, "default": 0}}});
            assert_eq!(required(&schema, &other), expected, "{property}");
        }
    }

    #[test]
    fn a_default_that_is_not_valid_cannot_be_left_out() {
        let short = json!({"properties": {"p": {"type": "string", "default": "", "minLength": 1}}});
        assert_eq!(required(&short, &json!({})), json!(["p"]));
        let fine =
            json!({"required": ["p"], "properties": {"p": {"type": "string", "default": ""}}});
        assert_eq!(required(&fine, &json!({})), json!(null));
    }

    #[test]
    fn properties_are_no_keywords() {
        let named = json!({"required": ["default"], "properties": {
            "default": {"type": "string"},
            "properties": {"type": "object"},
        }});
        assert_eq!(required(&named, &json!({})), json!(["default"]));
    }
}
