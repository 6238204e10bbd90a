use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use switchhook_compiler::{LanguagePack, Languages, conformance};

use super::{
    source::{PackFolder, installed, languages},
    terminal::say,
};
use crate::{
    config::Config,
    store::{EngineChange, Store},
};

#[derive(clap::Args)]
pub(crate) struct Packs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    folder: PackFolder,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List those installed; the same as without a command
    List,
    /// Check and test a pack, and put it into the folder of packs
    Add {
        /// A pack's folder, or a .zip or .tar.zst of it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put a pack to the conformance test
    Test {
        /// A pack's folder or archive, or the name of one that is installed
        #[arg(value_name = "PACK")]
        pack: String,
    },
    /// List the functions for which there was a newer version of their pack, and what became of them
    Changes {
        /// The server's configuration
        #[arg(long, value_name = "F", env = "SWITCHHOOK_CONFIG")]
        config: Option<PathBuf>,
        /// The server's database, instead of the configuration's
        #[arg(long, value_name = "F")]
        database: Option<PathBuf>,
    },
    /// Write a pack that is installed into an archive: to keep a version that travels inside this program
    Export {
        /// The name of the pack: python, or python@1
        #[arg(value_name = "PACK")]
        pack: String,
        /// Where it is written
        #[arg(short, long, value_name = "OUT.tar.zst")]
        output: PathBuf,
    },
}

impl Packs {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        // The first pack to be added finds no folder.
        if let (Some(Action::Add { .. }), Some(folder)) =
            (&self.action, self.folder.settings().folder())
        {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let languages = languages(&self.folder)?;
        match self.action {
            None | Some(Action::List) => list(&languages)?,
            Some(Action::Add { file }) => {
                let folder = self.folder.settings().folder();
                let folder =
                    folder.context("there is no folder of packs: give --language-packs")?;
                return add(languages, &file, &folder).await;
            }
            Some(Action::Test { pack }) => return test(&languages, &pack).await,
            Some(Action::Changes { config, database }) => changes(config, database).await?,
            Some(Action::Export { pack, output }) => export(&languages, &pack, &output)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(languages: &Languages) -> io::Result<()> {
    for language in languages.iter() {
        let pack = language.pack();
        say(format_args!(
            "{pack}\t{}\t.{}\tguest {}",
            pack.title(),
            pack.extensions().join(" ."),
            language.guest_digest(),
        ))?;
    }
    Ok(())
}

async fn add(mut languages: Languages, file: &Path, folder: &Path) -> anyhow::Result<ExitCode> {
    let pack = LanguagePack::read(file)?;
    let name = pack.to_string();
    if languages.prepare(pack.clone())?.is_none() {
        say(format_args!("{name} is installed already"))?;
        return Ok(ExitCode::SUCCESS);
    }
    languages.install(pack.clone()).await?;
    let place = folder.join(&name);
    copy(&pack, folder, &place)
        .with_context(|| format!("cannot put {name} into {}", folder.display()))?;
    say(format_args!(
        "{name} is in {}; servers that run take it when they start",
        place.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a pack's folder: all of it, or nothing.
fn copy(pack: &LanguagePack, folder: &Path, place: &Path) -> io::Result<()> {
    let unfinished = folder.join(format!(".{pack}"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    for (name, content) in pack.files() {
        let path = unfinished.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&unfinished))?;
        fs::write(path, content)?;
    }
    fs::rename(unfinished, place)
}

async fn test(languages: &Languages, wanted: &str) -> anyhow::Result<ExitCode> {
    let path = Path::new(wanted);
    let language = if path.exists() {
        let pack = LanguagePack::read(path)?;
        match languages.prepare(pack.clone())? {
            Some(language) => language,
            None => installed(languages, &pack.to_string())?.clone(),
        }
    } else {
        installed(languages, wanted)?.clone()
    };
    let report = conformance::check(&language).await?;
    for case in report.cases() {
        say(case)?;
    }
    Ok(match report.failures().count() {
        0 => {
            say(format_args!("{} passes", language.pack()))?;
            ExitCode::SUCCESS
        }
        failures => {
            say(format_args!("{} fails {failures}", language.pack()))?;
            ExitCode::FAILURE
        }
    })
}

async fn changes(config: Option<PathBuf>, database: Option<PathBuf>) -> anyhow::Result<()> {
    let config = match &config {
        Some(path) => Config::read(path)?,
        None => Config::default(),
    };
    let database = database.unwrap_or(config.database);
    if !database.exists() {
        bail!("there is no database {}", database.display());
    }
    for change in Store::open(&database)?.engine_changes().await? {
        let EngineChange {
            function_id,
            from_engine,
            to_engine,
            switched,
            compared,
            differences,
            ..
        } = change;
        let became = match (switched, differences.is_empty()) {
            (true, true) => "switched, the same",
            (true, false) => "switched, and differs",
            (false, _) => "stays, since it differs",
        };
        say(format_args!(
            "{function_id}\t{from_engine} -> {to_engine}\t{became}\t{compared} calls compared"
        ))?;
        for difference in differences {
            say(format_args!("    {difference}"))?;
        }
    }
    Ok(())
}

fn export(languages: &Languages, wanted: &str, output: &Path) -> anyhow::Result<()> {
    let pack = installed(languages, wanted)?.pack();
    if !output.to_string_lossy().ends_with(".tar.zst") {
        bail!(
            "the archive is a .tar.zst file, and {} is not called so",
            output.display()
        );
    }
    let archive = pack.to_archive()?;
    fs::write(output, archive).with_context(|| format!("cannot write {}", output.display()))
}
