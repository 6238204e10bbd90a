//! The history of a database that a connection sees.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::ServerError;

/// A history of a database: the cluster, and its timeline. A standby that becomes the primary begins a new timeline,
/// and may lack the last commits of the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct Epoch {
    /// The number that PostgreSQL gave the cluster when it was initialised.
    pub(super) cluster: String,
    /// The number of the timeline, from 1.
    pub(super) timeline: u32,
}

/// A place in the order of writes: the last row of the table `writes` that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) epoch: Epoch,
    pub(super) number: i64,
}

/// The timeline is NULL on a standby, which has no timeline of its own. The names of the files of the write-ahead log
/// begin with the timeline, in eight hexadecimal digits.
///
/// The last column is one of [`super::connector`]'s limits.
const READ: &str = "SELECT (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,
    current_setting('statement_timeout')";

impl Epoch {
    /// Reads the epoch in one round trip.
    ///
    /// # Errors
    /// [`ServerError::Standby`], and [`ServerError::Shared`] if the connection has lost the limits that it was made
    /// with.
    pub(super) async fn read(client: &Client) -> Result<Self, ServerError> {
        let messages = client.simple_query(READ).await?;
        let row = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let row = row.ok_or(ServerError::NoAnswer)?;
        if row.get(2) != Some("5s") {
            return Err(ServerError::Shared);
        }
        of_row(row).ok_or(ServerError::Standby)
    }

    /// The name of the timeline. The first timeline has no name, so its numbers look like those of a database without
    /// timelines.
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
