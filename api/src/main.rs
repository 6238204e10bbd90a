//! The `switchhook` command.

#![warn(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what is printed goes through command/terminal.rs"
)]

mod accounts;
mod command;
mod config;
mod couchdb;
mod functions;
mod http;
mod replication;
mod validation;
mod vault;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use tracing_subscriber::EnvFilter;

use crate::command::terminal::{Log, complain, say};

/// A call allocates some hundred times, mostly small blocks for a short time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Runs customers' functions inside phone calls, each call in a fresh sandbox.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: command::Command,
}

#[actix_web::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter())
        .with_ansi(false)
        .with_writer(Log)
        .init();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refused) => return tell(&refused),
    };
    match arguments.command.execute().await {
        Ok(code) => code,
        Err(error) => {
            complain(format_args!("switchhook: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The default level of the log.
const LOGGED: &str = "info";

/// Suppresses spans of WASI calls, which cost as much as the calls themselves. `RUST_LOG` can name them.
const NO_SPANS: &str = "wasmtime_wasi=warn";

fn log_filter() -> EnvFilter {
    let given = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = |given: &str| EnvFilter::try_new(format!("{NO_SPANS},{given}"));
    filter(if given.is_empty() { LOGGED } else { &given }).unwrap_or_else(|_| LOGGED.into())
}

/// Prints an error of the arguments, or the output of `--help` and `--version`.
fn tell(refused: &clap::Error) -> ExitCode {
    let text = refused.render().to_string();
    let text = text.trim_end();
    if refused.use_stderr() {
        complain(text);
    } else if say(text).is_err() {
        return ExitCode::FAILURE;
    }
    u8::try_from(refused.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
