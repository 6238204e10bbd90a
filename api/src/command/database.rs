//! `db`: copies and checks databases.

use std::process::ExitCode;

use clap::Subcommand;
use switchhook_store::{Location, Running, Store, TableContents};

use super::terminal::say;

#[derive(clap::Args)]
pub(crate) struct Database {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Copy a whole database into an empty one, from SQLite to PostgreSQL or back; no server may run on either
    Copy {
        /// A SQLite file, or the address of a PostgreSQL database
        #[arg(value_name = "FROM")]
        from: Location,
        /// A SQLite file, which is created if it is missing, or the address of an empty PostgreSQL database
        #[arg(value_name = "TO")]
        to: Location,
    },
    /// Check the rules that always hold in a database, and print the number of rows and a digest of each table
    Check {
        /// A SQLite file, or the address of a PostgreSQL database
        #[arg(value_name = "DATABASE")]
        database: Location,
    },
}

impl Database {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Copy { from, to } => copy(&from, &to).await?,
            Action::Check { database } => return check(&database).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn copy(from: &Location, to: &Location) -> anyhow::Result<()> {
    let source = existing(from)?;
    let _source_is_idle = Running::on(from)?;
    let _target_is_idle = Running::on(to)?;
    let target = Store::open(to)?;
    // Errors of printing are ignored, because a closed terminal must not end a copy half way.
    source
        .copy_to(target, |table| {
            let _ = say_table(table);
        })
        .await?;
    say(format_args!("{from} is copied to {to}"))?;
    Ok(())
}

async fn check(location: &Location) -> anyhow::Result<ExitCode> {
    let store = existing(location)?;
    for table in store.contents().await? {
        say_table(&table)?;
    }
    let faults = store.faults().await?;
    for fault in &faults {
        say(format_args!("{fault}"))?;
    }
    if faults.is_empty() {
        say(format_args!("{location} is sound"))?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

fn existing(location: &Location) -> anyhow::Result<Store> {
    anyhow::ensure!(location.exists(), "there is no database {location}");
    Ok(Store::open(location)?)
}

fn say_table(table: &TableContents) -> anyhow::Result<()> {
    let TableContents {
        table,
        rows,
        digest,
    } = table;
    say(format_args!("{table:<16}{rows:>10}  {digest}"))?;
    Ok(())
}
