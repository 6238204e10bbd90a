//! KAZOO's callflow modules and the data that they take: from this project's tables, or from KAZOO's own schemas.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use jsonschema::{
    Draft, PatternCache, PatternOptions, Retrieve, Uri, ValidationError, ValidationOptions,
    Validator,
};
use serde::Deserialize;
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};

use super::{client_url, defaults};

/// The data of KAZOO 5.0's modules: names, types and bounds, as JSON schemas of draft 4. A property with a default is
/// not required. `audio_macro` requires its `macros`, whose default is too short, and so this default is the only one
/// in the table.
pub(in crate::functions) const BUILT_IN: &str = include_str!("modules.json");

/// Differences of other KAZOO versions: modules that differ, and modules that are missing.
const IN_KAZOO_4_3: &str = include_str!("modules-4.3.json");
const IN_KAZOO_5: &str = include_str!("modules-5.json");

/// KAZOO versions for which there is a table.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(crate) enum Kazoo {
    /// 2600hz/kazoo, branch 4.3, December 2023.
    #[serde(rename = "4.3")]
    V4_3,
    /// 2600hz/kazoo, March 2024.
    #[default]
    #[serde(rename = "5.0")]
    V5_0,
    /// openkazoo/kazoo5-dev, May 2026.
    #[serde(rename = "5")]
    V5,
}

/// The name of a module's schema is this prefix and the module's name.
const PREFIX: &str = "callflows.";

/// Schemas with this prefix for which KAZOO has no module.
const NOT_MODULES: [&str; 4] = [
    "action",
    "audio_macro.prompt",
    "audio_macro.say",
    "audio_macro.tone",
];

/// The schema of a node.
const NODE: &str = "callflows.action";

/// The base URL of schema names. They are looked up in memory only.
const BASE: &str = "kazoo:/";

/// The modules that a flow may use.
pub(crate) struct Modules {
    by_name: HashMap<String, Module>,
    /// Each module with its name and the schema of its data, by name.
    rows: Vec<Box<RawValue>>,
}

/// A callflow module.
pub(super) struct Module {
    /// The validator of a node's `data`, an object.
    pub(super) data: Validator,
    /// Properties of `data` that are nodes.
    pub(super) nodes: Vec<String>,
    /// The schema of the validator.
    schema: Value,
}

impl Module {
    /// The data with defaults for missing properties, as KAZOO checks it.
    pub(super) fn filled(&self, data: &Value) -> Value {
        let mut filled = data.clone();
        defaults::fill_in(&mut filled, &self.schema);
        filled
    }
}

/// Why a table of modules cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FlowError {
    #[error("cannot read the schemas in {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} is not a JSON object", path.display())]
    Parse {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the schema {name} cannot be used")]
    Schema {
        name: String,
        #[source]
        source: Box<ValidationError<'static>>,
    },
    #[error("{} has no schema of a callflow's module: callflows.*.json", path.display())]
    NoModules { path: PathBuf },
}

#[derive(Deserialize)]
struct Table {
    /// Schemas by module. `None` means that another table's module is missing in this version.
    modules: HashMap<String, Option<Map<String, Value>>>,
    /// Schemas that modules refer to, by KAZOO's names.
    referenced: HashMap<String, Map<String, Value>>,
}

impl Table {
    fn read(text: &str) -> Result<Self, FlowError> {
        serde_json::from_str(text).map_err(|source| FlowError::Parse {
            path: "modules.json".into(),
            source,
        })
    }

    /// This table with the differences of another one.
    fn but(mut self, other: Self) -> Self {
        self.modules.extend(other.modules);
        self.referenced.extend(other.referenced);
        self
    }
}

impl Modules {
    /// The modules of the most common KAZOO version.
    ///
    /// # Errors
    /// Only if the table in this program is broken.
    pub(crate) fn built_in() -> Result<Self, FlowError> {
        Self::of(Kazoo::default())
    }

    /// The modules of a KAZOO version.
    ///
    /// # Errors
    /// Only if a table in this program is broken.
    pub(crate) fn of(kazoo: Kazoo) -> Result<Self, FlowError> {
        Self::compiled(Self::schemas(kazoo)?)
    }

    /// This project's schemas for a KAZOO version, by KAZOO's names.
    pub(super) fn schemas(kazoo: Kazoo) -> Result<HashMap<String, Map<String, Value>>, FlowError> {
        let table = Table::read(BUILT_IN)?;
        let table = match kazoo {
            Kazoo::V4_3 => table.but(Table::read(IN_KAZOO_4_3)?),
            Kazoo::V5_0 => table,
            Kazoo::V5 => table.but(Table::read(IN_KAZOO_5)?),
        };
        let named = table.modules.into_iter();
        let modules = named.filter_map(|(name, schema)| Some((format!("{PREFIX}{name}"), schema?)));
        Ok(modules.chain(table.referenced).collect())
    }

    /// The modules of a folder with KAZOO's schemas (`applications/crossbar/priv/couchdb/schemas`). Each file is named
    /// like its schema.
    pub(crate) fn read(folder: &Path) -> Result<Self, FlowError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| FlowError::Read { path, source }
        };
        let mut schemas = HashMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let json = path
                .extension()
                .is_some_and(|extension| extension == "json");
            if let (true, Some(name)) = (json, path.file_stem().and_then(|name| name.to_str())) {
                let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
                let schema = serde_json::from_str(&text).map_err(|source| FlowError::Parse {
                    path: path.clone(),
                    source,
                })?;
                schemas.insert(name.to_owned(), schema);
            }
        }
        let modules = Self::compiled(schemas)?;
        if modules.by_name.is_empty() {
            return Err(FlowError::NoModules {
                path: folder.to_owned(),
            });
        }
        Ok(modules)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Module> {
        self.by_name.get(name)
    }

    /// The names of all modules.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    fn compiled(schemas: HashMap<String, Map<String, Value>>) -> Result<Self, FlowError> {
        let schemas = schemas.into_iter();
        let schemas = schemas.map(|(name, schema)| (name, with_siblings_of_references(schema)));
        let schemas = defaults::applied(schemas.collect());
        let schemas = Schemas(Arc::new(schemas));
        let options = options(schemas.clone());
        let mut modules = HashMap::new();
        for (name, schema) in &*schemas.0 {
            let Some(module) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if NOT_MODULES.contains(&module) {
                continue;
            }
            let data = options.build(schema).map_err(|source| FlowError::Schema {
                name: name.clone(),
                source: Box::new(source),
            })?;
            let compiled = Module {
                data,
                nodes: nodes(schema),
                schema: schema.clone(),
            };
            modules.insert(module.to_owned(), compiled);
        }
        Ok(Self {
            rows: rows(&modules),
            by_name: modules,
        })
    }

    /// The modules for people: objects with `name`, and `data` for the schema of a node's data.
    pub(in crate::functions) fn rows(&self) -> &[Box<RawValue>] {
        &self.rows
    }
}

/// The rows are written once, because modules never change. They take 60 KB.
fn rows(modules: &HashMap<String, Module>) -> Vec<Box<RawValue>> {
    let by_name: BTreeMap<_, _> = modules.iter().collect();
    let row = |(name, module): (&String, &Module)| {
        to_raw_value(&json!({"name": name, "data": module.schema}))
            .expect("values of JSON have a text")
    };
    by_name.into_iter().map(row).collect()
}

/// The properties whose schema says that they are nodes.
fn nodes(schema: &Value) -> Vec<String> {
    let node = json!({"$ref": NODE});
    let is_node = |schema: &Value| {
        let all = schema["allOf"].as_array().into_iter().flatten();
        *schema == node || all.into_iter().any(|one| *one == node)
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let nodes = properties.filter(|(_, schema)| is_node(schema));
    nodes.map(|(name, _)| name.clone()).collect()
}

/// Options with which a validator reads schemas like jesse, KAZOO's validator.
pub(super) fn options(schemas: Schemas) -> ValidationOptions<'static> {
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .with_base_uri(BASE)
        .with_retriever(schemas)
        .with_pattern_cache(PatternCache::new())
        // A matcher in linear time, because strangers make flows.
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .with_format("email", is_email)
        .with_format("hostname", |_| true)
        .with_format("uri", |_| true)
        .with_keyword("kazoo-validation", client_url::keyword)
}

/// Like jesse, which only requires an `@` with something on each side.
fn is_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Draft 4 ignores the siblings of a `$ref`, and jesse does not. The schema is rewritten to have both.
fn with_siblings_of_references(mut schema: Map<String, Value>) -> Value {
    for value in schema.values_mut() {
        rewrite(value);
    }
    if schema.len() > 1
        && schema.get("$ref").is_some_and(Value::is_string)
        && let Some(target) = schema.shift_remove("$ref")
    {
        let both = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Value::Array(both) = both {
            both.push(json!({"$ref": target}));
        }
    }
    Value::Object(schema)
}

fn rewrite(value: &mut Value) {
    match value {
        Value::Object(schema) => *value = with_siblings_of_references(std::mem::take(schema)),
        Value::Array(values) => values.iter_mut().for_each(rewrite),
        _ => {}
    }
}

/// Schemas by name.
#[derive(Clone)]
pub(super) struct Schemas(pub(super) Arc<HashMap<String, Value>>);

impl Retrieve for Schemas {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let name = uri.as_str().strip_prefix(BASE).unwrap_or_default();
        let schema = self.0.get(name);
        Ok(schema.cloned().ok_or("there is no such schema")?)
    }
}
