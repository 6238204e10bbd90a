use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use serde_json::value::RawValue;
use switchhook_runtime::{Call, LogRecord, Outcome};

use super::source::{self, Source};
use crate::{config::Config, outcome::OutcomeReply};

#[derive(clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    source: Source,
    /// The call as JSON, a file or - for standard input; {} if not given
    #[arg(long, value_name = "F")]
    call: Option<PathBuf>,
    /// Print the whole outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let languages = source::languages().await?;
        let language = self.source.language(&languages)?;
        let call = read_call(self.call.as_deref())?;
        let config = Config::default();
        let outcome = language
            .run(
                &self.source.read()?,
                &config.compile_limits(),
                Call::now(call.get()),
                &config.call_limits(),
            )
            .await?;
        if self.json {
            println!("{}", serde_json::to_string(&OutcomeReply::new(&outcome))?);
        } else {
            self.report(&outcome);
        }
        Ok(if outcome.result.is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Flow on stdout; logs and errors, for a person, on stderr.
    fn report(&self, outcome: &Outcome<Box<RawValue>>) {
        for LogRecord { level, message } in &outcome.logs.records {
            eprintln!("[{}] {}", level.name(), printable(message));
        }
        match &outcome.result {
            Ok(flow) => println!("{}", flow.get()),
            Err(failure) => {
                let error = &failure.error;
                eprintln!("{}: {}", failure.class, printable(&error.to_string()));
                eprintln!("    at {}", self.source.place(error.line, error.column));
                eprint!("{}", printable(&error.stack));
                if let Some(detail) = &failure.detail {
                    eprintln!("{}", printable(detail));
                }
            }
        }
    }
}

fn read_call(path: Option<&Path>) -> anyhow::Result<Box<RawValue>> {
    let (name, text) = match path {
        None => ("the call".to_owned(), "{}".to_owned()),
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .context("cannot read the call from standard input")?;
            ("standard input".to_owned(), text)
        }
        Some(path) => {
            let name = path.display().to_string();
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
            (name, text)
        }
    };
    serde_json::from_str(&text).with_context(|| format!("{name} is not JSON"))
}

/// Text of a function's making must not steer the terminal it is shown on.
fn printable(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\n' | '\t' => char.to_string(),
            char if char.is_control() => char.escape_unicode().to_string(),
            char => char.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(
            super::printable("a\u{1b}[31m\n\u{9b}é"),
            "a\\u{1b}[31m\n\\u{9b}é"
        );
    }
}
