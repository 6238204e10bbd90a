//! The argument `--database` of all commands that take it.

use switchhook_store::Location;

/// The database of a server, which the command line or the environment can name.
#[derive(clap::Args)]
pub(super) struct DatabaseArgument {
    /// The SQLite file or the address of a PostgreSQL database, instead of the configuration's
    #[arg(
        id = "database",
        long = "database",
        value_name = "DATABASE",
        env = "SWITCHHOOK_DATABASE",
        hide_env_values = true
    )]
    pub(super) location: Option<Location>,
}
