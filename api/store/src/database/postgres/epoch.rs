//! Which history of a database a connection sees.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::ServerError;

/// A history of a database: of the cluster that was initialised once, and of the timeline that it is on. A standby that
/// becomes the primary begins a timeline, and may lack the last commits of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct Epoch {
    /// The number that PostgreSQL gave the cluster.
    cluster: String,
    /// 1 at first.
    timeline: u32,
}

/// NULL on a standby, which has no timeline of its own. The name of a file of the write-ahead log begins with the timeline, in
/// eight hexadecimal digits.
const READ: &str = "SELECT (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

impl Epoch {
    /// Runs `before`, statements without results, and reads the epoch in the same round trip.
    pub(super) async fn read(client: &Client, before: &str) -> Result<Self, ServerError> {
        let messages = client.simple_query(&format!("{before}; {READ}")).await?;
        let found = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => of_row(row),
            _ => None,
        });
        found.ok_or(ServerError::Standby)
    }

    /// The name of the timeline: none for the first, so that numbers look as those of a database without timelines.
    pub(in crate::database) fn name(&self) -> Option<String> {
        (self.timeline > 1).then(|| self.timeline.to_string())
    }
}

fn of_row(row: &SimpleQueryRow) -> Option<Epoch> {
    Some(Epoch {
        cluster: row.get(0)?.to_owned(),
        timeline: u32::from_str_radix(row.get(1)?, 16).ok()?,
    })
}
