//! Turns KAZOO's JSON schemas of draft 4 into TypeScript types.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Prefix of a module's name in references between schemas.
const PREFIX: &str = "callflows.";

/// How deep a level is indented.
const INDENT: &str = "  ";

/// The name of the type for a module's data: `RingGroupData`.
pub(super) fn data_name(module: &str) -> String {
    format!("{}Data", camel(module))
}

/// The type for a reference to another schema.
pub(super) fn reference(name: &str) -> String {
    name.strip_prefix(PREFIX)
        .map_or_else(|| camel(name), data_name)
}

/// A schema as a declaration with a name.
pub(super) fn declaration(name: &str, schema: &Value) -> String {
    match schema.get("properties") {
        Some(_) => format!("interface {name} {}\n", type_of(schema, "")),
        None => format!("type {name} = {};\n", type_of(schema, "")),
    }
}

/// The type for a schema. Further lines begin with `indent`.
fn type_of(schema: &Value, indent: &str) -> String {
    let mut parts = Vec::new();
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        parts.push(union(values.iter().map(literal)));
    } else if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        parts.push(reference(name));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    if let Some(properties) = properties {
        parts.push(object(properties, schema, indent));
    }
    for alternatives in ["oneOf", "anyOf"] {
        if let Some(schemas) = schema.get(alternatives).and_then(Value::as_array) {
            parts.push(union(schemas.iter().map(|schema| type_of(schema, indent))));
        }
    }
    if parts.is_empty() {
        return plain(schema, indent);
    }
    let alone = parts.len() == 1;
    let parts = parts.into_iter();
    let parts = parts.map(|part| if alone { part } else { in_parentheses(part) });
    parts.collect::<Vec<_>>().join(" & ")
}

/// The type for a schema that only names a type of JSON.
fn plain(schema: &Value, indent: &str) -> String {
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "string".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "boolean".to_owned(),
        Some("array") => {
            let items = schema.get("items");
            let items = items.map_or_else(|| "any".to_owned(), |items| type_of(items, indent));
            format!("{}[]", in_parentheses(items))
        }
        Some("object") => {
            let patterns = schema.get("patternProperties").and_then(Value::as_object);
            let values = patterns.into_iter().flat_map(Map::values);
            let values: Vec<_> = values.map(|schema| type_of(schema, indent)).collect();
            match values.as_slice() {
                [] => "Record<string, any>".to_owned(),
                values => format!("Record<string, {}>", values.join(" | ")),
            }
        }
        _ => "any".to_owned(),
    }
}

fn object(properties: &Map<String, Value>, schema: &Value, indent: &str) -> String {
    let required = schema.get("required").and_then(Value::as_array);
    let inner = format!("{indent}{INDENT}");
    let mut text = String::from("{\n");
    for (name, schema) in properties {
        let is_required = required.is_some_and(|names| names.iter().any(|known| known == name));
        let optional = if is_required { "" } else { "?" };
        let bounds = bounds(schema);
        if !bounds.is_empty() {
            let _ = writeln!(text, "{inner}/** {bounds} */");
        }
        let field = type_of(schema, &inner);
        let _ = writeln!(text, "{inner}{}{optional}: {field};", key(name));
    }
    text.push_str(indent);
    text.push('}');
    text
}

/// A comment with the bounds that types cannot express.
fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema.get(name).and_then(Value::as_i64);
    let range = |least: &str, most: &str, what: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) if least == most => Some(format!("{least}{what}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{what}")),
        (Some(1), None) if !what.is_empty() => Some("not empty".to_owned()),
        (Some(least), None) => Some(format!("at least {least}{what}")),
        (None, Some(most)) => Some(format!("at most {most}{what}")),
        (None, None) => None,
    };
    let text =
        |name, words: fn(&str) -> String| schema.get(name).and_then(Value::as_str).map(words);
    let is_integer = schema.get("type").is_some_and(|kind| kind == "integer");
    [
        range("minimum", "maximum", ""),
        range("minLength", "maxLength", " characters"),
        range("minItems", "maxItems", " items"),
        text("format", |format| format!("format `{format}`")),
        text("pattern", |pattern| {
            format!("matches `{}`", pattern.replace("*/", "*\\/"))
        }),
        is_integer.then(|| "a whole number".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}

fn union(types: impl Iterator<Item = String>) -> String {
    let mut known = Vec::new();
    for one in types {
        if !known.contains(&one) {
            known.push(one);
        }
    }
    known.join(" | ")
}

/// Adds parentheses if the type is a union, so that it can be part of another type.
fn in_parentheses(text: String) -> String {
    let mut depth = 0;
    let is_apart = |char: char| {
        depth += i32::from(char == '{') - i32::from(char == '}');
        char == ' ' && depth == 0
    };
    if text.contains(is_apart) {
        format!("({text})")
    } else {
        text
    }
}

fn literal(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        None => value.to_string(),
    }
}

fn key(name: &str) -> String {
    let is_name = name
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || char == '_');
    if is_name && !name.starts_with(|char: char| char.is_ascii_digit()) {
        name.to_owned()
    } else {
        literal(&Value::from(name))
    }
}

/// `RingGroup` for `ring_group`.
fn camel(name: &str) -> String {
    let words = name.split(['_', '.', '-']);
    words
        .filter_map(|word| {
            let first = word.chars().next()?;
            Some(format!(
                "{}{}",
                first.to_ascii_uppercase(),
                &word[first.len_utf8()..]
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_becomes_a_type() {
        for (schema, expected) in [
            (json!({}), "any"),
            (
                json!({"type": "array", "items": {"enum": ["a", "it's"]}}),
                r"('a' | 'it\'s')[]",
            ),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                "string[]",
            ),
            (
                json!({"oneOf": [{"type": "boolean"}, {"type": "integer"}, {"type": "number"}]}),
                "boolean | number",
            ),
            (
                json!({"type": "object", "patternProperties": {".+": {"$ref": "callflows.tts"}}}),
                "Record<string, TtsData>",
            ),
            (
                json!({"properties": {"a-b": {"type": "integer", "minimum": 1}}, "required": ["a-b"]}),
                "{\n  /** at least 1, a whole number */\n  'a-b': number;\n}",
            ),
            (
                json!({"$ref": "x", "properties": {"a": {"type": "string", "pattern": ".*/"}}}),
                "X & {\n  /** matches `.*\\/` */\n  a?: string;\n}",
            ),
            (
                json!({"type": "array", "items": {"anyOf": [{"properties": {}}, {"properties": {"a": {}}}]}}),
                "({\n} | {\n  a?: any;\n})[]",
            ),
            (
                json!({"type": "array", "items": {"properties": {"a": {"enum": [1, 2]}}}}),
                "{\n  a?: 1 | 2;\n}[]",
            ),
        ] {
            assert_eq!(type_of(&schema, ""), expected);
        }
    }
}
