//! Runs a function that is a Wasm module, without a server.

use anyhow::Context;
use serde_json::value::RawValue;
use switchhook_runtime::{Call, Engine, Limits, Outcome};

use super::machine_code;
use crate::config::Config;

/// Owner of the machine code of modules that the command line runs. It is no account's id.
const COMMAND_LINE: &str = "replay";

/// Loads a module as a server does, and calls it once.
pub(super) async fn run(
    wasm: Vec<u8>,
    call: Call<'_>,
    limits: &Limits,
    config: &Config,
) -> anyhow::Result<Outcome<Box<RawValue>>> {
    let engine = Engine::new(&config.engine())?;
    let modules = machine_code::modules(&engine, config)
        .context("there is no cache folder for the module's machine code")?;
    let guest = modules.load(COMMAND_LINE, wasm.into()).await?;
    let compiled = guest.compile("", &config.compile_limits()).await;
    Ok(match compiled.into_result() {
        Ok(snapshot) => guest.call(&snapshot, call, limits).await?,
        Err(ended) => ended,
    })
}
