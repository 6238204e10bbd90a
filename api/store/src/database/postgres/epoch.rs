//! Which history of a database a connection sees.

use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, SimpleQueryMessage};

use super::ServerError;
use crate::ids::hex;

/// A history of a database: of the cluster that was initialised once, of the timeline that it is on, and of the database in
/// it. A standby that becomes the primary begins a timeline, and may lack the last commits of the one before. Numbers of
/// one history say nothing about another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct Epoch(String);

/// Characters of an epoch: one in 2^48 is the same by chance.
const LENGTH: usize = 12;

/// NULL on a standby, which has no timeline of its own.
const READ: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN NULL
    ELSE concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                   substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), oid) END
    FROM pg_database WHERE datname = current_database()";

impl Epoch {
    /// Runs `before`, statements without results, and reads the epoch in the same round trip.
    pub(super) async fn read(client: &Client, before: &str) -> Result<Self, ServerError> {
        let messages = client.simple_query(&format!("{before}; {READ}")).await?;
        let found = messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let named = found.ok_or(ServerError::Standby)?;
        let mut text = hex(&Sha256::digest(named));
        text.truncate(LENGTH);
        Ok(Self(text))
    }

    pub(in crate::database) fn as_str(&self) -> &str {
        &self.0
    }
}
