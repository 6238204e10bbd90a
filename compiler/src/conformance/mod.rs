//! The conformance test of language packs (`docs/language-packs.md`): what every language must do.
//!
//! A pack contains a source for each case, in its own language (`conformance/`). The kit compiles and calls the sources
//! and checks the outcomes. The manifest names the cases that the language cannot express, with the reasons.

mod echo;
mod kit;
mod sandbox;
mod words;

use std::{fmt, sync::Arc};

use self::kit::Kit;
use crate::language::{Language, LoadError};

/// All cases, in the order of the test.
const CASES: [&str; 13] = [
    "echo",
    "exception",
    "syntax_error",
    "loop",
    "memory",
    "recursion",
    "logs",
    "random",
    "clock",
    "state",
    "environment",
    "files",
    "large_output",
];

/// A name that a manifest can give beside the cases: errors have no columns, only lines.
const COLUMNS: &str = "columns";

/// A name that a manifest can give beside the cases: errors of a running function have no place. Compile errors always
/// have one.
const LINES: &str = "lines";

/// Cases that every language must pass.
const REQUIRED: [&str; 2] = ["echo", "syntax_error"];

/// The verdicts of all cases.
#[derive(Debug)]
pub struct Report(Vec<Case>);

/// The verdict of one case.
#[derive(Debug)]
pub struct Case {
    /// The name, such as `echo`.
    pub name: &'static str,
    /// Whether the language passed.
    pub verdict: Verdict,
    /// Fuel of all compilations and calls of the case: the same in every test.
    pub fuel: u64,
}

/// Whether a language passed a case.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The language passed.
    Passed,
    /// The language cannot express the case, for this reason.
    Lacking(String),
    /// The language failed. The sentence says what it did instead.
    Failed(String),
}

/// A sentence says why a case failed.
type Checked = Result<(), String>;

impl Report {
    /// All cases, in the order of the test.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.0.iter()
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases()
            .filter(|case| matches!(case.verdict, Verdict::Failed(_)))
    }
}

/// `echo: passed, with 1234 units of fuel`
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Passed => write!(f, "{}: passed, with {} units of fuel", self.name, self.fuel),
            Verdict::Lacking(reason) => write!(f, "{}: not in the language ({reason})", self.name),
            Verdict::Failed(what) => write!(f, "{}: {what}", self.name),
        }
    }
}

/// Tests a language. This takes about a second. The pack's sources run in sandboxes, within limits, like any other.
///
/// Must run inside a Tokio runtime with its timer on.
///
/// # Errors
/// [`LoadError`] if the language cannot be loaded.
pub async fn check(language: &Arc<Language>) -> Result<Report, LoadError> {
    let kit = Kit::new(language).await?;
    let mut cases = Vec::new();
    for name in CASES {
        let verdict = verdict(&kit, language, name).await;
        let fuel = kit.take_fuel();
        cases.push(Case {
            name,
            verdict,
            fuel,
        });
    }
    let known = |name: &str| CASES.contains(&name) || [COLUMNS, LINES].contains(&name);
    if let Some(unknown) = language.pack().all_it_lacks().find(|name| !known(name)) {
        cases.push(Case {
            name: "lacks",
            verdict: Verdict::Failed(format!("pack.toml names `{unknown}`, which is no case")),
            fuel: 0,
        });
    }
    Ok(Report(cases))
}

async fn verdict(kit: &Kit<'_>, language: &Language, name: &'static str) -> Verdict {
    let source = language.pack().conformance_source(name);
    let lacks = language.pack().lacks(name);
    let checked = match (source, lacks) {
        (Some(_), Some(_)) => {
            Err("pack.toml says that it is not in the language, and there is a source".to_owned())
        }
        (None, Some(_)) if REQUIRED.contains(&name) => {
            Err("every language has a notion of it".to_owned())
        }
        (None, Some(reason)) => return Verdict::Lacking(reason.to_owned()),
        (None, None) => Err(format!("there is no conformance/{name} file")),
        (Some(source), None) => match name {
            "echo" => echo::check(kit, source).await,
            "exception" => words::exception(kit, source).await,
            "syntax_error" => words::syntax_error(kit, source).await,
            "logs" => words::logs(kit, source).await,
            _ => sandbox::check(kit, name, source).await,
        },
    };
    match checked {
        Ok(()) => Verdict::Passed,
        Err(what) => Verdict::Failed(what),
    }
}
