use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;

use super::{
    loading::load,
    source::{self, Source},
    terminal::complain,
};
use crate::config::Config;

#[derive(clap::Args)]
pub(crate) struct Build {
    #[command(flatten)]
    source: Source,
    /// The file to write
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
}

impl Build {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let languages = self.source.languages()?;
        let language = self.source.language(&languages)?;
        load(language).await?;
        let compiled = language
            .compile(&self.source.read()?, &Config::default().compile_limits())
            .await?;
        let snapshot = match compiled.result {
            Ok(snapshot) => snapshot,
            Err(failure) => {
                let place = source::place(
                    &self.source.name(),
                    failure.error.line,
                    failure.error.column,
                );
                complain(format_args!(
                    "{}: {}\n    at {place}",
                    failure.class, failure.error
                ));
                return Ok(ExitCode::FAILURE);
            }
        };
        let guest = language.guest().await?;
        let module = guest.link(&language.guest_module()?, &snapshot)?;
        std::fs::write(&self.output, module)
            .with_context(|| format!("cannot write {}", self.output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
