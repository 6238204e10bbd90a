//! Follows the writes of all servers that share a database, on a connection of its own.
//!
//! The table `writes` has what was written, in the order of commits. A notification says that there is more, and may get
//! lost. So the table is read again after a short while anyway, and a server that could not read it for long forgets
//! everything.

use std::{convert::Infallible, time::Duration};

use tokio::{
    select,
    sync::Notify,
    time::{Instant, sleep, timeout},
};
use tokio_postgres::Client;

use super::{ServerError, connector::Connector, epoch::Epoch, reach::Reach};
use crate::{Written, moment::Moment, validity::Confirmed};

/// The name of the connection: it shows that a server runs on the database.
pub(in crate::database) const SERVER_NAME: &str = "switchhook server";

/// How often the table is read when no notification comes. It is a quarter of the time for which memory is used unasked,
/// so that a lost notification or a slow answer costs nothing.
const INTERVAL: Duration = Duration::from_millis(250);

/// How long a read may take. The table has few rows behind any number.
const MAX_ANSWER: Duration = Duration::from_secs(1);

/// Between two attempts to connect.
const RETRY: Duration = Duration::from_millis(100);

/// Attempts to connect that must time out, one after the other, before the server counts as away. On a busy machine, one may.
const MAX_TIMEOUTS: u32 = 2;

/// Rows of one read. More are a copy, or a large account that went: to forget everything is cheaper than to look for what
/// each row is about.
const MAX_ROWS: i64 = 1_000;

/// How often old rows are deleted.
const CLEANING: Duration = Duration::from_secs(60);

/// Deletes rows that no server can still miss: one that was away for longer forgets everything.
const CLEAN: &str = "DELETE FROM writes
    WHERE time < extract(epoch FROM now())::bigint - 600 AND number <= (SELECT max(number) FROM writes) - 10000";

const READ: &str =
    "SELECT number, kind, account_id, id FROM writes WHERE number > $1 ORDER BY number LIMIT $2";

/// Told of the writes of one read, in their order.
pub(super) type Apply = Box<dyn Fn(&[Written]) + Send + Sync>;

/// What follows the writes.
pub(super) struct Follower {
    pub(super) connector: Connector,
    pub(super) reach: Reach,
    pub(super) confirmed: Confirmed,
    pub(super) apply: Apply,
}

/// The last row that was read.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    epoch: Epoch,
    number: i64,
}

impl Follower {
    /// Runs for ever.
    pub(super) async fn run(self) {
        let mut place = None;
        let mut timeouts = 0;
        loop {
            let error = match self.connector.connect().await {
                Ok((client, woken, epoch)) => {
                    timeouts = 0;
                    if self.reach.set_away(false) {
                        tracing::info!("the database can be reached again");
                    }
                    let Err(error) = self.follow(&client, &woken, epoch, &mut place).await;
                    error
                }
                Err(error) => {
                    timeouts += 1;
                    let is_sure =
                        !matches!(error, ServerError::NoAnswer) || timeouts >= MAX_TIMEOUTS;
                    if is_sure && error.is_away() && self.reach.set_away(true) {
                        tracing::error!("the database cannot be reached: {error}");
                    }
                    error
                }
            };
            tracing::debug!("the writes of other servers are not seen at the moment: {error}");
            sleep(RETRY).await;
        }
    }

    /// Follows on one connection, until it fails.
    async fn follow(
        &self,
        client: &Client,
        woken: &Notify,
        epoch: Epoch,
        place: &mut Option<Place>,
    ) -> Result<Infallible, ServerError> {
        // Before the table is read, so that nothing falls between.
        let listen = format!("SET application_name = '{SERVER_NAME}'; LISTEN switchhook");
        in_time(client.batch_execute(&listen)).await?;
        let started = Moment::now();
        let sql = "SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM writes";
        let row = in_time(client.query_one(sql, &[])).await?;
        let (first, last): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let known = place.take().filter(|known| known.epoch == epoch);
        // Rows behind the place may be gone, or, after a backup was restored, be other ones.
        let known = known.filter(|known| (first - 1..=last).contains(&known.number));
        let number = match known {
            Some(known) => known.number,
            None => {
                (self.apply)(&[Written::Everything]);
                self.confirmed.set(started);
                last
            }
        };
        let place = place.insert(Place { epoch, number });
        let read = in_time(client.prepare(READ)).await?;
        let mut cleaned = Instant::now();
        loop {
            let started = Moment::now();
            let rows = in_time(client.query(&read, &[&place.number, &MAX_ROWS])).await?;
            let writes: Vec<_> = rows.iter().map(written).collect::<Result<_, _>>()?;
            if let Some(last) = rows.last() {
                place.number = last.try_get(0)?;
            }
            let is_all = writes.len() < MAX_ROWS as usize;
            if !is_all {
                (self.apply)(&[Written::Everything]);
                continue;
            }
            if !writes.is_empty() {
                (self.apply)(&writes);
            }
            self.confirmed.set(started);
            if cleaned.elapsed() > CLEANING {
                in_time(client.execute(CLEAN, &[])).await?;
                cleaned = Instant::now();
            }
            select! {
                () = woken.notified() => {}
                () = sleep(INTERVAL) => {}
            }
        }
    }
}

fn written(row: &tokio_postgres::Row) -> Result<Written, tokio_postgres::Error> {
    let (kind, account_id, id) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok(Written::read(kind, account_id, id))
}

async fn in_time<T>(
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, ServerError> {
    let answered = timeout(MAX_ANSWER, answer).await;
    Ok(answered.map_err(|_| ServerError::NoAnswer)??)
}
