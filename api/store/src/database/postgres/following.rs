//! Follows the writes of all servers that share a database, on a connection of its own.
//!
//! The table `writes` lists all writes in the order of commits. A notification announces new rows, and may get lost. So
//! the table is also read at a short interval, and a server that could not read it for long forgets everything.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use tokio::{
    select,
    sync::Notify,
    task::spawn_blocking,
    time::{Instant, sleep},
};
use tokio_postgres::{Client, types::ToSql};

use super::{
    super::DatabaseError,
    Connection, ServerError,
    connector::Connector,
    epoch::{Epoch, Place},
    local_copy::LocalCopy,
    patience::{passed, within},
    reach::Reach,
    schema,
};
use crate::{Written, moment::Moment, validity::Confirmed};

/// The name of this connection. It shows to copies that a server runs on the database.
pub(in crate::database) const SERVER_NAME: &str = "switchhook server";

/// How often the table is read when no notification comes. It is a quarter of the time for which memory is used without
/// asking the database, so that a lost notification or a slow answer costs nothing.
const INTERVAL: Duration = Duration::from_millis(250);

/// How long a read may take. Few rows of the table are new.
const MAX_ANSWER: Duration = Duration::from_millis(750);

/// After this time without an answer, a second connection is tried.
const LATE: Duration = Duration::from_millis(250);

/// Pause between two attempts to connect.
const RETRY: Duration = Duration::from_millis(100);

/// Number of different connections that must stay without an answer before the server counts as away. On a busy
/// machine, one connection may.
const MAX_UNANSWERED: u32 = 2;

/// Most rows of one read. More rows come from a copy or from the deletion of a large account. To forget everything is
/// then cheaper than to look for each row's entry.
const MAX_ROWS: i64 = 1_000;

/// How often old rows are deleted.
const CLEANING: Duration = Duration::from_secs(60);

/// How often the copy records that it knows of all writes. So the copy looks older than it is by at most this time.
const NOTING: Duration = Duration::from_secs(5);

/// Deletes rows that no server needs any more, because a server that was away for longer forgets everything.
const CLEAN: &str = "DELETE FROM writes
    WHERE time < extract(epoch FROM now())::bigint - 600 AND number <= (SELECT max(number) FROM writes) - 10000";

const READ: &str =
    "SELECT number, kind, account_id, id FROM writes WHERE number > $1 ORDER BY number LIMIT $2";

/// Called with the writes of each read, in their order.
pub(super) type Apply = Box<dyn Fn(&[Written]) + Send + Sync>;

/// The task that follows the writes.
pub(super) struct Follower {
    pub(super) connector: Connector,
    pub(super) reach: Reach,
    pub(super) confirmed: Confirmed,
    pub(super) copy: Option<Arc<LocalCopy>>,
    /// The last row that was read. At first, the last row that the copy knows of.
    pub(super) place: Option<Place>,
    /// Whether the schema is up to date. `false` if the server was away when this program was started.
    pub(super) is_up_to_date: bool,
    pub(super) apply: Apply,
    /// Number of consecutive connections without an answer.
    pub(super) unanswered: u32,
}

impl Follower {
    /// Runs for ever.
    pub(super) async fn run(mut self) {
        let mut is_reported = false;
        loop {
            match self.connect().await {
                Ok((client, woken, epoch)) => {
                    is_reported = false;
                    self.unanswered = 0;
                    if let Some(copy) = &self.copy {
                        copy.set_behind(true);
                    }
                    if self.reach.set_away(false) {
                        tracing::info!("the database can be reached again");
                    }
                    let Err(error) = self.follow(&client, &woken, epoch).await;
                    tracing::debug!("the writes of other servers are not seen: {error}");
                    // A closed connection does not show that the server is away.
                    if self.unanswered >= MAX_UNANSWERED {
                        self.lost(&error);
                    }
                }
                Err(DatabaseError::Postgres(error)) if error.is_away() => {
                    let is_silent = matches!(error, ServerError::NoAnswer);
                    self.unanswered += 1;
                    if !is_silent || self.unanswered >= MAX_UNANSWERED {
                        self.lost(&error);
                    }
                }
                Err(error) => {
                    if !is_reported {
                        tracing::error!("the database cannot be used: {error}");
                    }
                    is_reported = true;
                }
            }
            sleep(RETRY).await;
        }
    }

    fn lost(&self, error: &ServerError) {
        if self.reach.set_away(true) {
            tracing::error!("the database cannot be reached: {error}");
        }
    }

    async fn connect(&mut self) -> Result<(Client, Arc<Notify>, Epoch), DatabaseError> {
        if !self.is_up_to_date {
            let (client, _, epoch) = self.connector.connect().await?;
            let driver = self.connector.driver().clone();
            // A `Reach` of its own: the shared one still says that the server is away.
            let mut connection = Connection::new(client, driver, epoch, Reach::new());
            let updated = spawn_blocking(move || schema::bring_up_to_date(&mut connection));
            updated.await.unwrap_or(Err(DatabaseError::Thread))?;
            self.is_up_to_date = true;
        }
        Ok(self.connector.connect().await?)
    }

    /// Follows on one connection, until it fails.
    async fn follow(
        &mut self,
        client: &Client,
        woken: &Notify,
        epoch: Epoch,
    ) -> Result<Infallible, ServerError> {
        // Listens before the table is read, so that no row between the two is missed.
        let listen = format!("SET application_name = '{SERVER_NAME}'; LISTEN switchhook");
        in_time(client.batch_execute(&listen)).await?;
        let started = Moment::now();
        let sql = "SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM writes";
        let row = in_time(client.query_one(sql, &[])).await?;
        let (first, last): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let known = self.place.clone().filter(|known| known.epoch == epoch);
        // Rows after the place may have been deleted. After a backup was restored, they may be other rows.
        let known = known.filter(|known| (first - 1..=last).contains(&known.number));
        let mut place = match known {
            Some(known) => known,
            None => {
                let number = last;
                let place = Place { epoch, number };
                self.begin_anew(&place, started).await;
                self.place = Some(place.clone());
                self.confirmed.set(started);
                place
            }
        };
        if let Some(copy) = &self.copy {
            copy.fill();
        }
        let read = in_time(client.prepare(READ)).await?;
        let (mut cleaned, mut noted) = (Instant::now(), Instant::now());
        loop {
            let started = Moment::now();
            let behind: [&(dyn ToSql + Sync); 2] = [&place.number, &MAX_ROWS];
            let rows = self.answered(client.query(&read, &behind)).await?;
            let writes: Vec<_> = rows.iter().map(written).collect::<Result<_, _>>()?;
            if let Some(last) = rows.last() {
                place.number = last.try_get(0)?;
            }
            let is_all = writes.len() < MAX_ROWS as usize;
            self.noticed(writes, &place, started, is_all).await;
            self.place = Some(place.clone());
            if !is_all {
                continue;
            }
            self.confirmed.set(started);
            if let Some(copy) = &self.copy {
                copy.set_behind(false);
            }
            if noted.elapsed() > NOTING {
                self.in_copy(move |copy| copy.confirm(started)).await;
                noted = Instant::now();
            }
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

    /// Waits for an answer. If the answer is late, tries whether the server answers on another connection.
    async fn answered<T>(
        &mut self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ServerError> {
        let mut answer = pin!(answer);
        let another = async {
            passed(LATE).await;
            self.connector.is_there().await
        };
        let (mut answered, mut unanswered) = (None, 0);
        select! {
            biased;
            in_time = &mut answer => answered = Some(in_time),
            is_there = another => unanswered = if is_there { 1 } else { MAX_UNANSWERED },
        }
        // This connection's answer may be slower than another connection.
        if unanswered == 1 {
            answered = within(MAX_ANSWER - LATE, answer).await;
        }
        self.unanswered = if answered.is_some() { 0 } else { unanswered };
        Ok(answered.ok_or(ServerError::NoAnswer)??)
    }

    /// Lets the copy and then memory forget everything. In the other order, memory could be filled from the outdated
    /// copy.
    async fn begin_anew(&self, place: &Place, moment: Moment) {
        let place = place.clone();
        self.in_copy(move |copy| copy.begin_anew(&place, moment))
            .await;
        (self.apply)(&[Written::Everything]);
    }

    /// Lets the copy and then memory forget entries that were written up to a place. Unless these writes are all
    /// (`is_all`), memory forgets everything.
    async fn noticed(&self, writes: Vec<Written>, place: &Place, moment: Moment, is_all: bool) {
        if writes.is_empty() {
            return;
        }
        if self.copy.is_some() {
            let (writes, place) = (writes.clone(), place.clone());
            self.in_copy(move |copy| copy.noticed(&writes, &place, moment))
                .await;
        }
        match is_all {
            true => (self.apply)(&writes),
            false => (self.apply)(&[Written::Everything]),
        }
    }

    /// Works on the copy, if there is one, on a thread that may block.
    async fn in_copy(&self, work: impl FnOnce(&LocalCopy) + Send + 'static) {
        if let Some(copy) = &self.copy {
            let copy = Arc::clone(copy);
            // The work is never cancelled, and a panic has been logged.
            let _ = spawn_blocking(move || work(&copy)).await;
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
    let answered = within(MAX_ANSWER, answer).await;
    Ok(answered.ok_or(ServerError::NoAnswer)??)
}
