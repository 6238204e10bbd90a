//! A function's `env`: constants that its document shows, and secrets that nothing shows.
//!
//! In a request, a secret is `{"secret": true, "value": "…"}`. The document stores `{"secret": true}`, and the value is
//! encrypted. A secret without a `value` keeps its old value, so that a document that was read can be written back.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json, value::RawValue};
use switchhook_runtime::{LogRecord, Outcome, Variable};
use switchhook_store::document::PublicDocument;

use super::masks::{Masks, Origin};
use crate::validation::{Invalid, Problem};

/// The variable with the time zone of the call.
pub(crate) const TIME_ZONE: &str = "TZ";

/// Values of secrets by name.
pub(super) type Secrets = BTreeMap<String, String>;

/// Most bytes of all names and values together. Each call that reads one of them copies them all.
const MAX_BYTES: usize = 32 * 1024;

/// The environment of a call.
pub(crate) struct Environment {
    pub(crate) variables: Arc<[Variable]>,
    secret_names: Vec<String>,
    /// `None` if there are no secrets.
    masks: Option<Masks>,
}

impl Environment {
    /// The environment for a valid document's `env` and a time zone.
    pub(crate) fn new(
        document: &PublicDocument,
        secrets: Secrets,
        time_zone: Option<&str>,
    ) -> Self {
        let constants = env(document)
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let zone = time_zone.map(|name| (TIME_ZONE.to_owned(), name.to_owned()));
        // Sorted by name, because the cost of a call depends on their order.
        let variables: BTreeMap<_, _> = constants.chain(secrets.clone()).chain(zone).collect();
        Self {
            variables: variables.into_iter().collect(),
            masks: Masks::new(&secrets),
            secret_names: secrets.into_keys().collect(),
        }
    }

    /// All names, with the values of constants.
    pub(crate) fn public(&self) -> impl Iterator<Item = (String, Option<String>)> {
        self.variables
            .iter()
            .filter(|(name, _)| name != TIME_ZONE)
            .map(|(name, value)| {
                let is_secret = self.secret_names.contains(name);
                (name.clone(), (!is_secret).then(|| value.clone()))
            })
    }

    /// The value of a variable, which may be a secret.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let variable = self.variables.iter().find(|(known, _)| known == name)?;
        Some(&variable.1)
    }

    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.value(TIME_ZONE)
    }

    /// Bytes of memory that the environment takes.
    pub(super) fn bytes(&self) -> usize {
        let variables = self.variables.iter();
        variables
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// Replaces every secret in the log and in the error by `[secret NAME]`. Parts of secrets are replaced too, because
    /// the sandbox cuts both texts, and the text before a secret decides where. A result stays unchanged: what a
    /// function tells its call router is up to the function.
    pub(crate) fn mask<T>(&self, outcome: &mut Outcome<T>) {
        let Some(masks) = &self.masks else { return };
        // The log may end in a cut record and one more record, which says that the log was cut.
        let whole = outcome.logs.records.len().saturating_sub(2);
        for (index, LogRecord { message, .. }) in outcome.logs.records.iter_mut().enumerate() {
            masks.apply(
                message,
                Origin::Log {
                    ends: index >= whole,
                },
            );
        }
        if let Err(failure) = &mut outcome.result {
            let error = &mut failure.error;
            for text in [
                &mut error.name,
                &mut error.message,
                &mut error.stack,
                &mut error.frame,
            ] {
                masks.apply(text, Origin::Error);
            }
        }
    }

    /// A result with `[secret NAME]` in the place of every secret, for records that outlive the call. `None` if the
    /// masked text is not JSON: a secret can look like a number, or like more than one string.
    pub(super) fn masked(&self, result: &RawValue) -> Option<Box<RawValue>> {
        let mut text = result.get().to_owned();
        if let Some(masks) = &self.masks {
            masks.apply(&mut text, Origin::Log { ends: false });
        }
        RawValue::from_string(text).ok()
    }
}

/// Removes the values of secrets from a request's document. Returns all secrets of the new document: new values, and
/// the values in `kept` of secrets that the document still names.
pub(super) fn take_secrets(
    document: &mut PublicDocument,
    mut kept: Secrets,
) -> Result<Secrets, Invalid> {
    let Some(Value::Object(env)) = document.get_mut("env") else {
        return Ok(Secrets::new());
    };
    let mut secrets = Secrets::new();
    let mut bytes = 0;
    for (name, value) in env.iter_mut() {
        check_name(name)?;
        let constant = match value {
            Value::String(text) => Some(text.clone()),
            Value::Object(fields) => match secret(name, fields)? {
                Declared::Constant(text) => Some(text),
                Declared::Secret(text) => {
                    secrets.extend(
                        text.or_else(|| kept.remove(name))
                            .map(|text| (name.clone(), text)),
                    );
                    None
                }
            },
            other => {
                let field = format!("env.{name}");
                return Err(Problem::wrong_type(field, "string, object", other).into());
            }
        };
        let text = match (&constant, secrets.get(name)) {
            (Some(text), _) | (None, Some(text)) => text,
            (None, None) => return Err(problem(name, "required", "A new secret needs a value")),
        };
        if text.contains('\0') {
            return Err(problem(
                name,
                "pattern",
                "A value must not hold the character NUL",
            ));
        }
        bytes += name.len() + text.len();
        *value = constant.map_or_else(|| json!({"secret": true}), Value::String);
    }
    if bytes > MAX_BYTES {
        let message =
            format!("All names and values together must not have more than {MAX_BYTES} bytes");
        return Err(Problem {
            field: "env".into(),
            code: "maxSize",
            details: json!({"message": message, "target": MAX_BYTES}),
        }
        .into());
    }
    Ok(secrets)
}

enum Declared {
    Constant(String),
    /// A secret, with its value if it is new.
    Secret(Option<String>),
}

fn secret(name: &str, fields: &Map<String, Value>) -> Result<Declared, Invalid> {
    let unknown = fields
        .keys()
        .find(|key| *key != "secret" && *key != "value");
    if let Some(key) = unknown {
        let field = format!("{name}.{key}");
        let message = "A variable is a string, or an object with `secret` and `value`";
        return Err(problem(&field, "additionalProperties", message));
    }
    let value = match fields.get("value") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            let field = format!("env.{name}.value");
            return Err(Problem::wrong_type(field, "string", other).into());
        }
    };
    match (fields.get("secret"), value) {
        (Some(Value::Bool(true)), value) => Ok(Declared::Secret(value)),
        (None | Some(Value::Bool(false)), Some(value)) => Ok(Declared::Constant(value)),
        (None | Some(Value::Bool(false)), None) => Err(problem(
            &format!("{name}.value"),
            "required",
            "Field is required but missing",
        )),
        (Some(other), _) => {
            let field = format!("env.{name}.secret");
            Err(Problem::wrong_type(field, "boolean", other).into())
        }
    }
}

/// Checks a name: letters, digits and underscores, as in shells and WASI.
fn check_name(name: &str) -> Result<(), Invalid> {
    let mut characters = name.chars();
    let begins = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !begins || !characters.all(|char| char.is_ascii_alphanumeric() || char == '_') {
        let message = "A name has letters, digits and underscores, and does not begin with a digit";
        return Err(problem(name, "pattern", message));
    }
    if name == TIME_ZONE {
        let message = "The time zone of a function is its field `timezone`";
        return Err(problem(name, "disallowed", message));
    }
    Ok(())
}

fn problem(name: &str, code: &'static str, message: &str) -> Invalid {
    Problem {
        field: format!("env.{name}"),
        code,
        details: json!({"message": message}),
    }
    .into()
}

/// The error if this server has no key for secrets.
pub(super) fn no_key() -> Invalid {
    Problem {
        field: "env".into(),
        code: "disallowed",
        details: json!({"message": "This server has no key to keep secrets with; its operator can configure one"}),
    }
    .into()
}

fn env(document: &PublicDocument) -> Option<&Map<String, Value>> {
    document.get("env")?.as_object()
}

#[cfg(test)]
mod tests {
    use switchhook_runtime::{Class, Failure, FunctionError, Level};

    use super::*;

    fn document(env: Value) -> PublicDocument {
        [("env".to_owned(), env)].into_iter().collect()
    }

    fn secrets(pairs: &[(&str, &str)]) -> Secrets {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn secrets_leave_the_document() {
        let mut document = document(json!({
            "API": "https://example.com",
            "OPEN": {"secret": false, "value": "x"},
            "TOKEN": {"secret": true, "value": "new"},
            "OLD": {"secret": true},
        }));
        let kept = secrets(&[("TOKEN", "old"), ("OLD", "kept"), ("GONE", "gone")]);
        assert_eq!(
            take_secrets(&mut document, kept).unwrap(),
            secrets(&[("OLD", "kept"), ("TOKEN", "new")])
        );
        assert_eq!(
            document["env"],
            json!({"API": "https://example.com", "OPEN": "x", "TOKEN": {"secret": true}, "OLD": {"secret": true}})
        );
    }

    #[test]
    fn what_is_no_variable_is_named() {
        for (env, field, code) in [
            (json!({"A": 1}), "env.A", "type"),
            (json!({"1A": "x"}), "env.1A", "pattern"),
            (json!({"A-B": "x"}), "env.A-B", "pattern"),
            (json!({"": "x"}), "env.", "pattern"),
            (json!({"TZ": "UTC"}), "env.TZ", "disallowed"),
            (json!({"A": "a\u{0}b"}), "env.A", "pattern"),
            (json!({"A": {"secret": true}}), "env.A", "required"),
            (
                json!({"A": {"secret": "yes", "value": "x"}}),
                "env.A.secret",
                "type",
            ),
            (
                json!({"A": {"secret": true, "value": 1}}),
                "env.A.value",
                "type",
            ),
            (
                json!({"A": {"value": "x", "sealed": "y"}}),
                "env.A.sealed",
                "additionalProperties",
            ),
            (json!({"A": {}}), "env.A.value", "required"),
            (json!({"A": "x".repeat(MAX_BYTES)}), "env", "maxSize"),
        ] {
            let invalid = take_secrets(&mut document(env.clone()), Secrets::new()).unwrap_err();
            let problems = invalid.to_json();
            assert!(problems[field][code]["message"].is_string(), "{problems}");
        }
    }

    #[test]
    fn secrets_are_masked_in_logs_and_errors() {
        let environment = Environment::new(
            &document(json!({"A": "plain"})),
            secrets(&[
                ("PART", "cret"),
                ("TOKEN", "s3cret"),
                ("LINES", "one\ntwo\""),
                ("SHORT", "x"),
            ]),
            None,
        );
        let mut outcome: Outcome<()> = Outcome {
            result: Err(Failure::new(
                Class::Exception,
                FunctionError::new("Error", "no s3cret, but plain x"),
            )),
            logs: switchhook_runtime::Logs {
                records: vec![LogRecord {
                    level: Level::Log,
                    message: r#"s3cret, {"a":"one\ntwo\""}"#.into(),
                }],
                ..Default::default()
            },
            metrics: switchhook_runtime::Metrics::default(),
            warnings: Vec::new(),
        };
        environment.mask(&mut outcome);
        assert_eq!(
            outcome.logs.records[0].message,
            r#"[secret TOKEN], {"a":"[secret LINES]"}"#
        );
        let error = outcome.result.unwrap_err().error;
        assert_eq!(error.message, "no [secret TOKEN], but plain x");
    }
}
