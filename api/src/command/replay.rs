use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Digest, Limit, Limits, Outcome};
use switchhook_store::{Store, document::MODULE_LANGUAGE};

use super::{
    database_argument::DatabaseArgument,
    loading::load,
    own_module,
    report::report,
    run::{read_json, variable},
    source,
    terminal::{complain, say_json},
};
use crate::{
    config::Config,
    functions::{Capture, Modules, OutcomeReply, Ran, Record, recapture},
};

#[derive(clap::Args)]
pub(crate) struct Replay {
    /// The record: an outcome with its `replay`, a reply with an outcome, or the `replay` alone; a file, or - for
    /// standard input
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// The call as JSON, if the record has no capture
    #[arg(long, value_name = "F")]
    call: Option<PathBuf>,
    /// The server's configuration, with the limits that a record must respect, and the keys and the database for a
    /// record without a capture
    #[arg(long, value_name = "F", env = "SWITCHHOOK_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgument,
    /// The value of a secret; can be given more than once
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Use the limits of the record even if they are higher than the configuration's
    #[arg(long)]
    recorded_limits: bool,
    /// Print the whole outcome as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    packs: source::PackFolder,
}

/// The places of a record in a document. The parts are kept as text, so that numbers in the call keep their digits.
#[derive(Default, Deserialize)]
struct Parts {
    data: Option<Box<RawValue>>,
    replay: Option<Box<RawValue>>,
}

impl Replay {
    /// Succeeds if the call can be repeated. If the record has a whole outcome, the outcomes must be the same.
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let text = read_json(&self.record)?;
        let Parts { data, .. } = serde_json::from_str(text.get()).unwrap_or_default();
        let outcome = data.unwrap_or(text);
        let Parts { replay, .. } = serde_json::from_str(outcome.get()).unwrap_or_default();
        let record: Record = serde_json::from_str(replay.as_ref().unwrap_or(&outcome).get())
            .with_context(|| format!("{} holds no record of a call", self.record.display()))?;
        let outcome: Value = serde_json::from_str(outcome.get())?;

        let config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        let (capture, mut secrets) = match &record.capture {
            Some(capture) => {
                self.check_limits(&capture.limits, &config.call_limits())?;
                (capture.clone(), BTreeMap::new())
            }
            None => self.recapture(&record, &config).await?,
        };
        secrets.extend(self.env.iter().cloned());
        let call = Call {
            input: capture.call.get(),
            moment: record.moment(),
            environment: capture.variables(&secrets)?,
        };
        let repeated = if capture.language_pack == MODULE_LANGUAGE {
            repeat_module(&capture, &record.guest, call, &config).await?
        } else {
            self.repeat(&capture, &record.guest, call, &config).await?
        };

        let differences = match outcome.get("outcome") {
            Some(_) => Some(differences(&outcome, &repeated)?),
            None => None,
        };
        let fuel = repeated.metrics.fuel;
        if self.json {
            let ran = Ran::new(repeated, record, &Modules::built_in()?);
            let reply = OutcomeReply::new(&ran);
            say_json(&serde_json::to_string(&reply)?)?;
        } else {
            report(&repeated, "function")?;
        }
        let Some(differences) = differences else {
            return Ok(ExitCode::SUCCESS);
        };
        if differences.is_empty() {
            complain(format_args!("the same outcome with the same fuel, {fuel}"));
            return Ok(ExitCode::SUCCESS);
        }
        for difference in differences {
            complain(difference);
        }
        Ok(ExitCode::FAILURE)
    }

    async fn repeat(
        &self,
        capture: &Capture,
        guest: &str,
        call: Call<'_>,
        config: &Config,
    ) -> anyhow::Result<Outcome<Box<RawValue>>> {
        let languages = source::languages(&self.packs)?;
        let newest = source::installed(&languages, &capture.language_pack)?;
        let mut versions = languages.iter();
        let language = versions.find(|language| {
            language.pack().id() == newest.pack().id()
                && language.guest_digest().to_string() == guest
        });
        let Some(language) = language else {
            bail!(
                "the call ran on guest {guest}, and the one here is {}",
                newest.guest_digest()
            );
        };
        load(language).await?;
        let compile_limits = config.compile_limits();
        let repeated = language
            .run(&capture.source, &compile_limits, call, &capture.limits)
            .await?;
        Ok(repeated)
    }

    /// Refuses a record with higher limits than this machine's, because records can come from strangers.
    fn check_limits(&self, recorded: &Limits, own: &Limits) -> anyhow::Result<()> {
        let higher = higher_limits(recorded, own);
        if self.recorded_limits || higher.is_empty() {
            return Ok(());
        }
        bail!(
            "the record has higher limits than calls have here: {}; give the configuration of its server with --config, \
             or --recorded-limits to run it with these",
            higher.join(", ")
        );
    }

    /// Reads what the record does not contain from the database.
    async fn recapture(
        &self,
        record: &Record,
        config: &Config,
    ) -> anyhow::Result<(Capture, BTreeMap<String, String>)> {
        let call: Box<RawValue> = match &self.call {
            Some(path) => read_json(path)?,
            None => bail!("the record has no capture: give the call with --call"),
        };
        let database = self
            .database
            .location
            .clone()
            .unwrap_or_else(|| config.database.clone());
        if !database.exists() {
            bail!(
                "the record has no capture, and there is no database {database} to find its function in"
            );
        }
        let store = Store::open(&database)?;
        let settings = config.of_functions()?;
        let found = recapture(&store, &settings, record, &call).await?;
        found.with_context(|| format!("{database} does not have the function's revision"))
    }
}

/// The recorded limits that are higher than this machine's own.
fn higher_limits(recorded: &Limits, own: &Limits) -> Vec<String> {
    let of = |limits: &Limits| {
        let Limits {
            fuel,
            wall_clock,
            memory_bytes,
            input_bytes,
            input_depth,
            output_bytes,
            log_bytes,
        } = limits;
        let wall_clock_ms = u64::try_from(wall_clock.as_millis()).unwrap_or(u64::MAX);
        [
            (Limit::Fuel, *fuel),
            (Limit::WallClockMs, wall_clock_ms),
            (Limit::MemoryBytes, *memory_bytes as u64),
            (Limit::InputBytes, *input_bytes as u64),
            (Limit::InputDepth, *input_depth as u64),
            (Limit::OutputBytes, *output_bytes as u64),
            (Limit::LogBytes, *log_bytes as u64),
        ]
    };
    let both = of(recorded).into_iter().zip(of(own));
    let higher = both.filter(|((_, recorded), (_, own))| recorded > own);
    higher
        .map(|((limit, recorded), (_, own))| format!("{limit} {recorded} instead of {own}"))
        .collect()
}

/// Repeats a call of a function that is its own guest.
async fn repeat_module(
    capture: &Capture,
    guest: &str,
    call: Call<'_>,
    config: &Config,
) -> anyhow::Result<Outcome<Box<RawValue>>> {
    let wasm = STANDARD.decode(&capture.source)?;
    let own = Digest::of(&wasm);
    if own.to_string() != guest {
        bail!("the call ran on module {guest}, and the one here is {own}");
    }
    own_module::run(wasm, call, &capture.limits, config).await
}

/// The differences between a recorded and a repeated outcome, a sentence each.
fn differences(recorded: &Value, repeated: &Outcome<Box<RawValue>>) -> anyhow::Result<Vec<String>> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, recorded: Option<&Value>, repeated: Value| {
        let recorded = recorded.cloned().unwrap_or_default();
        if recorded != repeated {
            differences.push(format!("{what}: recorded {recorded}, repeated {repeated}"));
        }
    };
    compare(
        "outcome",
        recorded.get("outcome"),
        serde_json::to_value(repeated.class())?,
    );
    let result = repeated.result.as_ref().ok();
    let result = result.map_or(Ok(Value::Null), |result| serde_json::from_str(result.get()))?;
    compare("result", recorded.get("result"), result);
    compare(
        "fuel",
        recorded.pointer("/metrics/fuel"),
        repeated.metrics.fuel.into(),
    );
    Ok(differences)
}
