//! A function in a file, and the language it is written in.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use switchhook_compiler::{Language, Languages};
use switchhook_runtime::Engine;

use crate::config::Config;

#[derive(clap::Args)]
pub(super) struct Source {
    /// The file that holds the function
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language it is written in; else its file name tells
    #[arg(long, value_name = "NAME")]
    language_pack: Option<String>,
}

impl Source {
    pub(super) fn read(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        self.file.display().to_string()
    }

    pub(super) fn language<'a>(&self, languages: &'a Languages) -> anyhow::Result<&'a Language> {
        let installed = || {
            let names: Vec<_> = languages
                .iter()
                .map(|language| language.pack().name())
                .collect();
            names.join(", ")
        };
        match &self.language_pack {
            Some(name) => languages
                .get(name)
                .ok_or_else(|| anyhow!("there is no language pack `{name}`; installed: {}", installed())),
            None => self
                .file
                .extension()
                .and_then(|extension| languages.of_extension(extension.to_str()?))
                .ok_or_else(|| {
                    anyhow!(
                        "the name of {} does not tell its language: give --language-pack, one of: {}",
                        self.file.display(),
                        installed()
                    )
                }),
        }
    }
}

/// For messages: `FILE:3:14`.
pub(super) fn place(file: &str, line: Option<u32>, column: Option<u32>) -> String {
    let numbers = [line, column]
        .into_iter()
        .flatten()
        .map(|number| format!(":{number}"));
    format!("{file}{}", numbers.collect::<String>())
}

/// Everything needed to run functions on this machine, with the server's defaults.
pub(super) async fn languages() -> anyhow::Result<Languages> {
    let engine = Engine::new(&Config::default().engine())?;
    Ok(Languages::built_in(&engine).await?)
}
