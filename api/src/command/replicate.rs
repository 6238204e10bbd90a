//! `replicate`: copies functions and other documents from one zone to another.

use std::{
    io::{IsTerminal as _, stderr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
};

use anyhow::Context;
use tokio::sync::mpsc;

use super::{
    password_file,
    signals::told_to_stop,
    terminal::{complain, say},
};
use crate::replication::{Address, Counts, Mode, Replication, ReplicationError, Stop};

#[derive(clap::Args)]
pub(crate) struct Replicate {
    /// The database to read: http://NAME@HOST:PORT/functions
    #[arg(
        value_name = "SOURCE",
        env = "SWITCHHOOK_SOURCE",
        hide_env_values = true
    )]
    source: String,
    /// The database to write
    #[arg(
        value_name = "TARGET",
        env = "SWITCHHOOK_TARGET",
        hide_env_values = true
    )]
    target: String,
    /// Replicate from TARGET to SOURCE as well
    #[arg(long)]
    both: bool,
    /// Continue until stopped, even while a database is away
    #[arg(long)]
    continuous: bool,
    /// Ask the target about every document, even if it has been replicated before
    #[arg(long)]
    from_start: bool,
    /// A file whose first line is the password of the name in SOURCE
    #[arg(long, value_name = "F")]
    source_password_file: Option<PathBuf>,
    /// The same for TARGET
    #[arg(long, value_name = "F")]
    target_password_file: Option<PathBuf>,
}

/// A direction, with its name in messages.
struct Direction {
    name: String,
    replication: Replication,
}

impl Replicate {
    /// Succeeds if the replication was complete or was told to stop, whether or not a document was refused.
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let source = address(&self.source, self.source_password_file.as_deref());
        let source = source.context("SOURCE cannot be used")?;
        let target = address(&self.target, self.target_password_file.as_deref());
        let target = target.context("TARGET cannot be used")?;
        let mode = Mode {
            is_continuous: self.continuous,
            is_from_start: self.from_start,
        };
        let stop = Arc::new(Stop::default());
        let direction = |from: &Address, to: &Address| {
            Arc::new(Direction {
                name: format!("{from} to {to}"),
                replication: Replication::new(from, to, mode, Arc::clone(&stop)),
            })
        };
        let mut directions = vec![direction(&source, &target)];
        if self.both {
            directions.push(direction(&target, &source));
        }
        let (ends, mut ended) = mpsc::channel(directions.len());
        for direction in &directions {
            direction.start(ends.clone())?;
        }
        drop(ends);
        let run = async {
            for _ in &directions {
                ended.recv().await.context("a replication panicked")??;
            }
            anyhow::Ok(())
        };
        let result = tokio::select! {
            result = run => result,
            signal = told_to_stop() => signal.map(|_| Ok(()))?,
        };
        tokio::select! {
            () = stop.finish() => {}
            signal = told_to_stop() => {
                signal?;
                return Ok(ExitCode::FAILURE);
            }
        }
        for Direction { name, replication } in directions.iter().map(AsRef::as_ref) {
            say(format_args!("{name}: {}", replication.counts()))?;
        }
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Direction {
    /// Replicates on a thread of its own. The thread ends with the process: it may be waiting for a peer.
    fn start(
        self: &Arc<Self>,
        ends: mpsc::Sender<Result<(), ReplicationError>>,
    ) -> anyhow::Result<()> {
        let direction = Arc::clone(self);
        let run = move || {
            let report = |counts| direction.report(counts);
            let end = direction.replication.run(report);
            // If the other direction has failed, nobody receives this.
            let _ = ends.blocking_send(end);
        };
        thread::Builder::new()
            .name("replication".to_owned())
            .spawn(run)
            .context("cannot start a thread")?;
        Ok(())
    }

    fn report(&self, counts: Counts) {
        let name = &self.name;
        if stderr().is_terminal() {
            complain(format_args!("{name}: {counts}"));
        } else {
            tracing::info!("{name}: {counts}");
        }
    }
}

/// Reads an address. clap's own parser would repeat a wrong address in its error, with the password.
fn address(text: &str, password_file: Option<&Path>) -> anyhow::Result<Address> {
    let address: Address = text.parse()?;
    match password_file {
        Some(file) => Ok(address.with_password(password_file::read(file)?)?),
        None => Ok(address),
    }
}
