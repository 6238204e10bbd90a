mod booting;
mod removing;
mod skeleton;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use switchhook_compiler::{
    LanguagePack, Languages, Refused,
    conformance::{self, Case, Verdict},
};
use switchhook_store::{EngineChange, Location, Store};

use super::{
    database_argument::DatabaseArgument,
    source::{PackFolder, installed, read},
    terminal::{complain, say, say_json},
};
use crate::config::Config;

#[derive(clap::Args)]
pub(crate) struct Packs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    folder: PackFolder,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the installed packs; this is the default
    List,
    /// Check and test a pack, and put it into the folder of packs
    Add {
        /// A pack's folder, or an archive of it: .zip or .tar.zst
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Write a first version of a new pack into a new folder
    New {
        /// The name for the `language_pack` of functions: a-z, 0-9 and _
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Boot a compiled guest and put it into its pack: the last step of building a guest
    Boot {
        /// The module that the compiler made
        #[arg(value_name = "MODULE.wasm")]
        module: PathBuf,
        /// The folder of the pack
        #[arg(value_name = "PACK")]
        pack: PathBuf,
    },
    /// Run the conformance test on a pack
    Test {
        /// A pack's folder or archive, or the name of an installed pack
        #[arg(value_name = "PACK")]
        pack: String,
        /// Print one JSON document, for programs
        #[arg(long)]
        json: bool,
    },
    /// Remove a pack from the folder of packs, unless functions use it
    Remove {
        /// The name of the pack, such as python@1, or python if there is only one version
        #[arg(value_name = "NAME[@VERSION]")]
        name: String,
        /// Remove the pack even if functions use it; their calls fail unless another version fits
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        database: ServerDatabase,
    },
    /// List the functions whose pack had a newer version, and whether they moved to it
    Changes {
        #[command(flatten)]
        database: ServerDatabase,
    },
    /// Write an installed pack into an archive, to keep a version that is built into this program
    Export {
        /// The name of the pack, such as python or python@1
        #[arg(value_name = "PACK")]
        pack: String,
        /// The file to write
        #[arg(short, long, value_name = "OUT.tar.zst")]
        output: PathBuf,
    },
}

/// The database of a server, whose functions use packs.
#[derive(clap::Args)]
struct ServerDatabase {
    /// The server's configuration
    #[arg(long, value_name = "F", env = "SWITCHHOOK_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgument,
}

impl ServerDatabase {
    fn location(&self) -> anyhow::Result<Location> {
        let config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        Ok(self.database.location.clone().unwrap_or(config.database))
    }

    /// Opens the database, if it exists.
    fn open(&self) -> anyhow::Result<Option<Store>> {
        let location = self.location()?;
        let exists = location.exists();
        Ok(exists.then(|| Store::open(&location)).transpose()?)
    }
}

impl Packs {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        // The folder does not exist before the first pack is added.
        if let (Some(Action::Add { .. }), Some(folder)) =
            (&self.action, self.folder.settings().folder())
        {
            fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let (languages, refused) = read(&self.folder)?;
        let is_concerned = |refused: &&Refused| match &self.action {
            Some(Action::Remove { name, .. }) => refused.name() != name.as_str(),
            _ => true,
        };
        for refused in refused.iter().filter(is_concerned) {
            complain(refused);
        }
        match self.action {
            None | Some(Action::List) => list(&languages)?,
            Some(Action::Add { file }) => {
                let folder = self.folder.settings().folder();
                let folder =
                    folder.context("there is no folder of packs: give --language-packs")?;
                return add(languages, &file, &folder).await;
            }
            Some(Action::New { name }) => skeleton::write(&languages, &name)?,
            Some(Action::Boot { module, pack }) => booting::boot(&module, &pack).await?,
            Some(Action::Test { pack, json }) => return test(&languages, &pack, json).await,
            Some(Action::Remove {
                name,
                force,
                database,
            }) => removing::remove(&languages, &refused, &name, &database, force).await?,
            Some(Action::Changes { database }) => changes(&database).await?,
            Some(Action::Export { pack, output }) => export(&languages, &pack, &output)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(languages: &Languages) -> io::Result<()> {
    for language in languages.iter() {
        let pack = language.pack();
        say(format_args!(
            "{pack}\t{}\t.{}\tguest {}\t{}",
            pack.title(),
            pack.extensions().join(" ."),
            language.guest_digest(),
            pack.data().join(", "),
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
        "{name} is in {}; servers that run take it when they read their packs again (SIGHUP)",
        place.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a pack's folder in one step.
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

async fn test(languages: &Languages, wanted: &str, json: bool) -> anyhow::Result<ExitCode> {
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
    let pack = language.pack();
    let failures = report.failures().count();
    if json {
        let cases = report.cases().map(case_as_json);
        let passes = failures == 0;
        let report =
            json!({"pack": pack.to_string(), "passes": passes, "cases": cases.collect::<Vec<_>>()});
        say_json(&report.to_string())?;
    } else {
        for case in report.cases() {
            say(case)?;
        }
        match failures {
            0 => say(format_args!("{pack} passes"))?,
            failures => say(format_args!("{pack} fails {failures}"))?,
        }
    }
    Ok(match failures {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn case_as_json(case: &Case) -> Value {
    let (verdict, message) = match &case.verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Lacking(reason) => ("lacking", Some(reason)),
        Verdict::Failed(what) => ("failed", Some(what)),
    };
    json!({"name": case.name, "verdict": verdict, "message": message, "fuel": case.fuel})
}

async fn changes(database: &ServerDatabase) -> anyhow::Result<()> {
    let Some(store) = database.open()? else {
        bail!("there is no database {}", database.location()?);
    };
    for change in store.engine_changes().await? {
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
