//! Checks whether KAZOO would run what a function returned (`kzd_callflows:validate_flow/1`): a node of a callflow,
//! with further nodes as its children.

mod client_url;
mod defaults;
mod modules;

use std::sync::LazyLock;

use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

pub(super) use modules::BUILT_IN;
pub(crate) use modules::{FlowError, Kazoo, Modules};

use crate::validation::{Invalid, Problem, dotted, problems};

/// Most problems that are reported for a flow: more than an author fixes at once.
const MAX_PROBLEMS: usize = 20;

/// Largest flow of which all problems are reported, in bytes. In a larger flow, each node reports the first problem of
/// its data. A validator that looks for all problems takes some 300 bytes for each, and every wrong item of a list is a
/// problem.
const MAX_BYTES_SEARCHED_THROUGH: usize = 16 * 1024;

/// Largest value that a problem contains, in bytes. The author has the flow, and one value can have many problems.
const MAX_VALUE_BYTES: usize = 2 * 1024;

/// Characters of a module's name (`callflows.action.json`).
const MODULE_NAME: std::ops::RangeInclusive<u64> = 1..=64;

/// The default `data` of a node (`callflows.action.json`).
static NO_DATA: LazyLock<Value> = LazyLock::new(|| json!({}));

impl Modules {
    /// Checks a flow. Defaults count ([`defaults`]), but are added only if something is wrong, to explain it.
    ///
    /// # Errors
    /// [`Invalid`] with at most [`MAX_PROBLEMS`], also for a flow that is nested deeper than the parser allows, 127
    /// levels.
    pub(crate) fn check(&self, flow: &RawValue) -> Result<(), Invalid> {
        let root = match serde_json::from_str(flow.get()) {
            Ok(root) => root,
            Err(error) => {
                let message = format!("the flow cannot be read: {error}");
                return Err(Problem::error(String::new(), &message, &Value::Null).into());
            }
        };
        let mut check = Check {
            modules: self,
            thorough: flow.get().len() <= MAX_BYTES_SEARCHED_THROUGH,
            path: Vec::new(),
            found: Vec::new(),
        };
        check.node(&root);
        let mut found = check.found;
        found.truncate(MAX_PROBLEMS);
        found.iter_mut().for_each(leave_out_large_values);
        Invalid::unless_empty(found)
    }
}

/// The check of one flow.
struct Check<'a> {
    modules: &'a Modules,
    /// Whether a node reports all problems of its data, instead of the first.
    thorough: bool,
    /// Keys from the root to the current node.
    path: Vec<&'a str>,
    found: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// Recurses no deeper than the parser did.
    fn node(&mut self, node: &'a Value) {
        if self.found.len() >= MAX_PROBLEMS {
            return;
        }
        let Some(fields) = node.as_object() else {
            self.found.push(Problem::wrong_type(
                dotted(self.path.iter().copied()),
                "object",
                node,
            ));
            return;
        };
        let module = match fields.get("module") {
            Some(name) => self.module(name),
            None => {
                self.required("module");
                None
            }
        };
        match fields.get("data") {
            Some(data) if !data.is_object() => self.wrong_type("data", "object", data),
            data => {
                if let Some(module) = module {
                    self.data(data.unwrap_or(&NO_DATA), module);
                }
            }
        }
        match fields.get("children") {
            Some(Value::Object(children)) => {
                self.path.push("children");
                for (key, child) in children {
                    if !is_looked_at(key) {
                        continue;
                    }
                    self.path.push(key);
                    self.node(child);
                    self.path.pop();
                }
                self.path.pop();
            }
            Some(other) => self.wrong_type("children", "object", other),
            None => {}
        }
    }

    fn module(&mut self, value: &Value) -> Option<&'a modules::Module> {
        let Value::String(name) = value else {
            self.wrong_type("module", "string", value);
            return None;
        };
        let known = self.modules.get(name);
        if known.is_none() {
            let length = name.chars().count() as u64;
            let field = || self.field("module");
            if length < *MODULE_NAME.start() {
                let limit = *MODULE_NAME.start();
                let problem = Problem::too_short(field(), limit, value);
                self.found.push(problem);
            } else if length > *MODULE_NAME.end() {
                let limit = *MODULE_NAME.end();
                let problem = Problem::too_long(field(), limit, value);
                self.found.push(problem);
            }
            let message = format!("unable to find callflow schema for module {name}");
            self.found
                .push(Problem::error(self.field("module"), &message, value));
        }
        known
    }

    fn data(&mut self, data: &'a Value, module: &'a modules::Module) {
        self.path.push("data");
        if !module.data.is_valid(data) {
            let filled = module.filled(data);
            if self.thorough {
                let errors = module.data.iter_errors(&filled).take(MAX_PROBLEMS);
                let found = errors.flat_map(|error| problems(&self.path, &error));
                self.found.extend(found);
            } else if let Err(error) = module.data.validate(&filled) {
                self.found.extend(problems(&self.path, &error));
            }
        }
        for key in &module.nodes {
            if let Some(node) = data.get(key) {
                self.path.push(key);
                self.node(node);
                self.path.pop();
            }
        }
        self.path.pop();
    }

    fn required(&mut self, key: &str) {
        self.found.push(Problem::required(self.field(key), key));
    }

    fn wrong_type(&mut self, key: &str, target: &str, value: &Value) {
        self.found
            .push(Problem::wrong_type(self.field(key), target, value));
    }

    fn field(&self, key: &str) -> String {
        dotted(self.path.iter().copied().chain([key]))
    }
}

/// Whether KAZOO checks a child: its schema has the pattern `.+` for keys, and a dot does not match a line break.
fn is_looked_at(key: &str) -> bool {
    key.chars().any(|it| it != '\n')
}

fn leave_out_large_values(problem: &mut Problem) {
    let large =
        |value: &Value| to_raw_value(value).is_ok_and(|text| text.get().len() > MAX_VALUE_BYTES);
    if let Value::Object(details) = &mut problem.details {
        details.retain(|key, value| key == "message" || !large(value));
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod variants;
#[cfg(test)]
mod verdicts;
