//! The `switchhook` command.

mod accounts;
mod command;
mod config;
mod couchdb;
mod document;
mod filter;
mod functions;
mod gregorian;
mod http;
mod ids;
mod meters;
mod outcome;
mod problem;
mod remembered;
mod replay;
mod store;
mod validation;
mod vault;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// A call allocates some hundred times, mostly small and all of it for a moment.
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
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match Arguments::parse().command.execute().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("switchhook: {error:#}");
            ExitCode::FAILURE
        }
    }
}
