//! Whether KAZOO would run what a function returned (`kzd_callflows:validate_flow/1`): a callflow node, with more of
//! them as its children.

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

/// Problems that are reported of one flow: more than anybody mends at once.
const MAX_PROBLEMS: usize = 20;

/// Of a longer flow, each node reports the first problem of its data only. A validator that looks for all of them
/// takes some 300 bytes for each, and a list of wrong items is as many problems.
const MAX_BYTES_SEARCHED_THROUGH: usize = 16 * 1024;

/// A larger value is left out of its problem: the flow is at hand, and the same value can have many problems.
const MAX_VALUE_BYTES: usize = 2 * 1024;

/// `callflows.action.json`: the shortest and longest name of a module, in characters.
const MODULE_NAME: std::ops::RangeInclusive<u64> = 1..=64;

/// The default of a node's `data` (`callflows.action.json`).
static NO_DATA: LazyLock<Value> = LazyLock::new(|| json!({}));

impl Modules {
    /// Checks a flow. Defaults are taken into account ([`defaults`]); they are filled in only where something is wrong, to say what.
    ///
    /// # Errors
    /// [`Invalid`] with at most [`MAX_PROBLEMS`]; also for a flow nested deeper than the parser goes, 127 levels.
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

/// One flow on its way through the modules.
struct Check<'a> {
    modules: &'a Modules,
    /// Whether all problems of a node's data are looked for, not only the first.
    thorough: bool,
    /// Keys from the root to where the check is.
    path: Vec<&'a str>,
    found: Vec<Problem>,
}

impl<'a> Check<'a> {
    /// Recursion ends where the parser's does.
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

/// Whether KAZOO looks at a child: its schema has `.+` for their keys, in which a dot is anything but a line break.
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
