//! Writes `docs/configuration.md` from the types of this module, with their doc comments and defaults.
//!
//! ```text
//! SWITCHHOOK_WRITE_DOCS=1 cargo test --release --workspace --bin switchhook configuration_page
//! ```

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use clap::CommandFactory as _;
use serde_json::{Value, json};
use switchhook_runtime::Limits;

use super::{Config, couchdb::CouchDbUser};
use crate::functions::{AccountSettings, FailureSettings, QuotaSettings};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");

/// The type whose fields have no defaults.
const REQUIRED: &str = "CouchDbUser";

/// The variable that makes the test write the page instead of comparing it.
const WRITE: &str = "SWITCHHOOK_WRITE_DOCS";

const SOURCES: [&str; 13] = [
    include_str!("mod.rs"),
    include_str!("attempts.rs"),
    include_str!("concurrency.rs"),
    include_str!("couchdb.rs"),
    include_str!("../functions/settings/failures.rs"),
    include_str!("flow.rs"),
    include_str!("../functions/settings/limits.rs"),
    include_str!("../functions/settings/mod.rs"),
    include_str!("../functions/settings/quota.rs"),
    include_str!("language_packs.rs"),
    include_str!("listening.rs"),
    include_str!("rate.rs"),
    include_str!("wasm.rs"),
];

const INTRODUCTION: &str = "\
# Configuration

<!-- Generated from api/src/config by `SWITCHHOOK_WRITE_DOCS=1 cargo test --release --workspace --bin switchhook configuration_page`. -->

`switchhook serve` reads one TOML file. Every setting has a default, and an unknown setting is an error. Numbers may have
underscores: `1_000`. [operations.md](operations.md) gives the reasons for the defaults.

";

/// A field of a settings type, from its source.
struct Field {
    name: String,
    kind: String,
    doc: String,
}

/// A settings type, from its source.
struct Settings {
    doc: String,
    fields: Vec<Field>,
}

/// All structs with doc comments, by name. Relies on rustfmt's layout: one field, attribute or comment in a line.
fn settings() -> BTreeMap<&'static str, Settings> {
    let mut found = BTreeMap::new();
    for source in SOURCES {
        let mut doc = String::new();
        let mut current: Option<(&str, Settings)> = None;
        for line in source.lines() {
            let text = line.trim();
            if let Some(comment) = text.strip_prefix("/// ") {
                doc = [doc.as_str(), comment].join(" ").trim().to_owned();
            } else if text.starts_with("#[") {
                // Attributes stand between a comment and its field.
            } else if let Some((name, settings)) = &mut current {
                if line == "}" {
                    let fields = std::mem::take(&mut settings.fields);
                    let doc = std::mem::take(&mut settings.doc);
                    found.insert(*name, Settings { doc, fields });
                    current = None;
                } else if let Some((name, kind)) = text.trim_end_matches(',').split_once(": ") {
                    let name = name.rsplit(' ').next().unwrap_or(name);
                    settings.fields.push(Field {
                        name: name.to_owned(),
                        kind: kind.to_owned(),
                        doc: std::mem::take(&mut doc),
                    });
                }
            } else {
                let name = text.strip_prefix("pub(crate) struct ");
                if let Some(name) = name.and_then(|name| name.strip_suffix(" {")) {
                    let doc = std::mem::take(&mut doc);
                    let fields = Vec::new();
                    current = Some((name, Settings { doc, fields }));
                }
                doc.clear();
            }
        }
    }
    found
}

/// Defaults that other types define.
fn defaults() -> Value {
    let mut defaults = serde_json::to_value(Config::default()).unwrap();
    for (table, limits) in [
        ("limits", Limits::CALL),
        ("compile_limits", Limits::COMPILE),
    ] {
        let depth = (limits.input_depth != usize::MAX).then_some(limits.input_depth);
        defaults[table] = json!({
            "fuel": limits.fuel,
            "wall_clock_ms": limits.wall_clock.as_millis() as u64,
            "memory_bytes": limits.memory_bytes,
            "input_bytes": limits.input_bytes,
            "input_depth": depth,
            "output_bytes": limits.output_bytes,
            "log_bytes": limits.log_bytes,
        });
    }
    let failures = FailureSettings::default().bounds(None).unwrap();
    let window_ms = failures.window.as_millis() as u64;
    defaults["failures"] = json!({"count": failures.count, "window_ms": window_ms});
    let quota = QuotaSettings::default().quota(None);
    defaults["functions"] = json!({"count": quota.functions, "bytes": quota.bytes});
    defaults
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8(groups.join(&b"_"[..])).unwrap()
}

/// A number of bytes in the largest unit that divides it.
fn binary(bytes: u64) -> Option<String> {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let (shift, unit) = units
        .into_iter()
        .find(|(shift, _)| bytes.is_multiple_of(1 << shift))?;
    Some(format!("{} {unit}", bytes >> shift))
}

fn default(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "unset".into(),
        Value::Number(number) => {
            let Some(number) = number.as_u64() else {
                return format!("`{number}`");
            };
            let grouped = grouped(number);
            match binary(number).filter(|_| name.ends_with("bytes")) {
                Some(binary) => format!("`{grouped}` ({binary})"),
                None => format!("`{grouped}`"),
            }
        }
        value => format!("`{value}`"),
    }
}

/// The unit of a setting, from the end of its name or from its type.
fn unit(field: &Field) -> &'static str {
    let kind = field.kind.as_str();
    match field.name.rsplit('_').next().unwrap() {
        "bytes" => "bytes",
        "ms" => "milliseconds",
        "seconds" => "seconds",
        "days" => "days",
        "fuel" => "units of fuel",
        _ if kind.contains("SocketAddr") => "IP address and port",
        _ if kind.contains("Vec<PathBuf>") => "list of paths",
        _ if kind.contains("PathBuf") => "path",
        _ if kind.contains("Vec<IpNet>") => "list of networks",
        _ if kind == "bool" => "boolean",
        _ if ["u32", "u64", "usize", "f64", "NonZero"]
            .iter()
            .any(|it| kind.contains(it)) =>
        {
            "number"
        }
        _ => "string",
    }
}

/// The type inside a map or an option, or the type itself.
fn inner(kind: &str) -> &str {
    let kind = kind.rsplit([',', '<']).next().unwrap_or(kind);
    kind.trim_matches(['>', ' '])
}

/// The table of a settings type, followed by the tables of its fields. `doc` is the comment of the field with this
/// type.
fn table(
    page: &mut String,
    path: &str,
    types: &BTreeMap<&str, Settings>,
    name: &str,
    doc: &str,
    at: &Value,
) {
    let settings = &types[name];
    let (tables, values): (Vec<_>, Vec<_>) = settings
        .fields
        .iter()
        .partition(|field| types.contains_key(inner(&field.kind)));
    let heading = match path {
        "" => "The server".into(),
        path => format!("`[{path}]`"),
    };
    let doc = if doc.is_empty() { &settings.doc } else { doc };
    writeln!(
        page,
        "## {heading}

{doc}
"
    )
    .unwrap();
    page.push_str("| setting | unit or type | default | meaning |\n|---|---|---|---|\n");
    let shown: Vec<_> = match path.starts_with("accounts") {
        true => settings.fields.iter().collect(),
        false => values,
    };
    let keys: Vec<_> = at.as_object().unwrap().keys().collect();
    let names: Vec<_> = settings.fields.iter().map(|field| &field.name).collect();
    assert_eq!(
        keys, names,
        "the source of {name} was read as serde sees it"
    );
    for field in &shown {
        assert!(!field.doc.is_empty(), "{name}.{} has a comment", field.name);
        let value = &at[&field.name];
        let (unit, default) = match value {
            Value::Object(_) => ("table", "empty".into()),
            _ if name == REQUIRED => (unit(field), "required".into()),
            value => (unit(field), default(&field.name, value)),
        };
        writeln!(
            page,
            "| `{}` | {unit} | {default} | {} |",
            field.name, field.doc
        )
        .unwrap();
    }
    page.push('\n');
    if path.starts_with("accounts") {
        return;
    }
    for field in tables {
        let child = inner(&field.kind);
        let (path, at) = match child {
            "AccountSettings" => (
                "accounts.ID".into(),
                serde_json::to_value(AccountSettings::default()).unwrap(),
            ),
            REQUIRED => {
                let password_file = "".into();
                let user = serde_json::to_value(CouchDbUser { password_file }).unwrap();
                (format!("{path}.{}.NAME", field.name), user)
            }
            _ => (field.name.clone(), at[&field.name].clone()),
        };
        table(page, &path, types, child, &field.doc, &at);
    }
}

fn flags(page: &mut String) {
    let program = crate::Arguments::command();
    let serve = program.find_subcommand("serve").unwrap();
    page.push_str(
        "## Flags of `switchhook serve`\n\nA flag takes precedence over the file.\n\n\
        | flag | environment variable | meaning |\n|---|---|---|\n",
    );
    for argument in serve.get_arguments() {
        let Some(long) = argument.get_long().filter(|long| *long != "help") else {
            continue;
        };
        let value = argument
            .get_value_names()
            .filter(|_| argument.get_action().takes_values());
        let value = value.map_or(String::new(), |names| format!(" {}", names[0]));
        let variable = argument.get_env().map_or(String::new(), |name| {
            format!("`{}`", name.to_str().unwrap())
        });
        let help = argument.get_help().unwrap();
        writeln!(page, "| `--{long}{value}` | {variable} | {help} |").unwrap();
    }
    page.push_str(
        "\n`RUST_LOG` sets what is logged: see [operations.md](operations.md#output). `XDG_CACHE_HOME` and `XDG_DATA_HOME` move the \
        default folders.\n",
    );
}

#[test]
fn the_configuration_page_says_what_the_types_say() {
    let mut page = INTRODUCTION.to_owned();
    table(&mut page, "", &settings(), "Config", "", &defaults());
    flags(&mut page);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(PAGE, &page).unwrap();
    }
    let committed = std::fs::read_to_string(Path::new(PAGE)).unwrap_or_default();
    assert!(
        committed == page,
        "docs/configuration.md is stale: run this test with {WRITE}=1"
    );
}

#[test]
fn examples_of_the_documentation_are_configurations() {
    for page in ["operations.md", "deploying.md", "couchdb.md"] {
        let path = Path::new(PAGE).with_file_name(page);
        let text = std::fs::read_to_string(path).unwrap();
        let blocks: Vec<_> = text.split("```toml\n").skip(1).collect();
        assert!(!blocks.is_empty(), "{page} has an example");
        for block in blocks {
            let (example, _) = block.split_once("\n```").unwrap();
            if let Err(error) = toml::from_str::<Config>(example) {
                panic!("{page}: {error}");
            }
        }
    }
}
