//! The command line. Names and flags are stable: scripts rely on them.

mod bootstrap;
mod build;
mod couchdb;
mod couchjs;
mod database;
mod database_argument;
mod loading;
mod machine_code;
mod monitoring;
mod own_module;
mod packs;
mod password_file;
mod replay;
mod replicate;
mod report;
mod run;
mod serve;
mod signals;
mod source;
pub(crate) mod terminal;
mod types;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the server
    Serve(serve::Serve),
    /// Create the master account of a new database, once, and print its credentials as JSON
    Bootstrap(bootstrap::Bootstrap),
    /// Run a function from a file, without a server
    Run(run::Run),
    /// Repeat a recorded call, with the same result and the same fuel
    Replay(replay::Replay),
    /// Compile a function into one self-contained Wasm module for any WASI engine
    Build(build::Build),
    /// Run CouchDB's design functions: a query server that replaces couchjs
    Couchjs(couchjs::Couchjs),
    /// List, add and test language packs
    Packs(packs::Packs),
    /// Copy and check databases
    #[command(name = "db")]
    Database(database::Database),
    /// Replicate between the databases of two servers, or of a server and a CouchDB, by CouchDB's protocol
    Replicate(replicate::Replicate),
    /// Print switchhook.d.ts: types of functions, for editors that know TypeScript
    Types,
    /// Compile a module to machine code within limits; a server starts this
    #[command(hide = true, name = machine_code::NAME)]
    MachineCode(machine_code::MachineCode),
}

impl Command {
    pub(crate) async fn execute(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(serve) => serve.execute().await,
            Self::Bootstrap(bootstrap) => bootstrap.execute().await,
            Self::Run(run) => run.execute().await,
            Self::Replay(replay) => replay.execute().await,
            Self::Build(build) => build.execute().await,
            Self::Couchjs(couchjs) => couchjs.execute().await,
            Self::Packs(packs) => packs.execute().await,
            Self::Database(database) => database.execute().await,
            Self::Replicate(replicate) => replicate.execute().await,
            Self::Types => types::execute(),
            Self::MachineCode(machine_code) => Ok(machine_code.execute()),
        }
    }
}
