//! A function in a file, and its language.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, anyhow};
use switchhook_compiler::{Language, Languages, Refused};
use switchhook_runtime::Engine;
use switchhook_store::document::MODULE_LANGUAGE;

use super::terminal::complain;
use crate::config::{Config, LanguagePacks};

#[derive(clap::Args)]
pub(super) struct Source {
    /// The file that holds the function
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The language of the function; unless given, the file name decides
    #[arg(long, value_name = "NAME")]
    language_pack: Option<String>,
    #[command(flatten)]
    packs: PackFolder,
}

/// The folder with languages that are not built in.
#[derive(clap::Args, Default)]
pub(super) struct PackFolder {
    /// A folder of further language packs, instead of the user's own
    #[arg(
        long,
        value_name = "DIR",
        env = "SWITCHHOOK_LANGUAGE_PACKS",
        global = true
    )]
    pub(super) language_packs: Option<PathBuf>,
}

impl PackFolder {
    /// The settings of a configuration for these arguments.
    pub(super) fn settings(&self) -> LanguagePacks {
        LanguagePacks::of(self.language_packs.clone())
    }
}

impl Source {
    pub(super) fn read(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))
    }

    /// Whether the file is a Wasm module instead of a source.
    pub(super) fn is_module(&self) -> bool {
        match &self.language_pack {
            Some(name) => name == MODULE_LANGUAGE,
            None => self
                .file
                .extension()
                .is_some_and(|extension| extension == MODULE_LANGUAGE),
        }
    }

    /// Reads the file as a module.
    pub(super) fn module(&self) -> anyhow::Result<Vec<u8>> {
        std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))
    }

    /// The file's name for messages.
    pub(super) fn name(&self) -> String {
        self.file.display().to_string()
    }

    /// All languages that are installed on this machine.
    pub(super) fn languages(&self) -> anyhow::Result<Languages> {
        languages(&self.packs)
    }

    pub(super) fn language<'a>(
        &self,
        languages: &'a Languages,
    ) -> anyhow::Result<&'a Arc<Language>> {
        match &self.language_pack {
            Some(name) => installed(languages, name),
            None => self
                .file
                .extension()
                .and_then(|extension| languages.of_extension(extension.to_str()?))
                .ok_or_else(|| {
                    anyhow!(
                        "the name of {} does not tell its language: give --language-pack, one of: {}",
                        self.file.display(),
                        names(languages)
                    )
                }),
        }
    }
}

/// A place for messages: `FILE:3:14`.
pub(super) fn place(file: &str, line: Option<u32>, column: Option<u32>) -> String {
    let numbers = [line, column]
        .into_iter()
        .flatten()
        .map(|number| format!(":{number}"));
    format!("{file}{}", numbers.collect::<String>())
}

/// The language with this name.
pub(super) fn installed<'a>(
    languages: &'a Languages,
    name: &str,
) -> anyhow::Result<&'a Arc<Language>> {
    languages.get(name).ok_or_else(|| {
        let names = names(languages);
        anyhow!("there is no language pack `{name}`; installed: {names}")
    })
}

fn names(languages: &Languages) -> String {
    languages.names().collect::<Vec<_>>().join(", ")
}

/// All installed languages, with the server's default settings. Packs of the folder were tested when they were added.
pub(super) fn languages(packs: &PackFolder) -> anyhow::Result<Languages> {
    let (languages, refused) = read(packs)?;
    for refused in refused {
        complain(refused);
    }
    Ok(languages)
}

/// All installed languages, and the packs that cannot be used.
pub(super) fn read(packs: &PackFolder) -> anyhow::Result<(Languages, Vec<Refused>)> {
    let engine = Engine::new(&Config::default().engine())?;
    let mut languages = Languages::built_in(&engine)?;
    let refused = match packs.settings().folder_to_read() {
        Some(folder) => languages.add_folder(&folder)?,
        None => Vec::new(),
    };
    Ok((languages, refused))
}
