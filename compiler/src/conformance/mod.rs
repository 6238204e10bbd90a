//! What every language must do, whatever it is: the conformance test of language packs (`docs/language-packs.md`).
//!
//! A pack brings a source for each case, in its own language (`conformance/`); the kit compiles and calls them and looks at
//! what comes out. What a language has no notion of is named in its manifest, with the reason.

mod echo;
mod kit;
mod sandbox;
mod words;

use std::{fmt, sync::Arc};

use self::kit::Kit;
use crate::language::{Language, LoadError};

/// Every case, in the order in which they are tried.
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

/// Not a case of its own: whether errors name columns beside lines.
const COLUMNS: &str = "columns";

/// The same: whether errors of a running function name a place at all. Those of compiling it always do.
const LINES: &str = "lines";

/// Of these every language has a notion.
const REQUIRED: [&str; 2] = ["echo", "syntax_error"];

/// What came of all cases.
#[derive(Debug)]
pub struct Report(Vec<Case>);

/// What came of one.
#[derive(Debug)]
pub struct Case {
    /// `echo`
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// Units of fuel that all its compilations and calls took: the same each time.
    pub fuel: u64,
}

/// Whether a language does what it must.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Passed,
    /// It has no notion of it, for this reason.
    Lacking(String),
    /// It does not: a sentence says what it does instead.
    Failed(String),
}

/// Why a case failed: a sentence.
type Checked = Result<(), String>;

impl Report {
    /// All cases, in the order in which they were tried.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.0.iter()
    }

    /// Those that failed.
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

/// Puts a language to the test. Takes a second or so; a pack's sources run in sandboxes within limits like any others.
///
/// Must run inside a Tokio runtime with its timer on.
///
/// # Errors
/// [`LoadError`] if the language cannot be loaded at all.
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
