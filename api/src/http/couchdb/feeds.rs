//! Sends feeds of changes.

use actix_web::web;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::{CouchDb, changes::ChangesQuery, error::CouchError, stream::Rows};
use crate::couchdb::{Change, Sequence};

/// Changes that are read at one time.
const PIECE: usize = 200;

/// The forms of a feed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// All changes so far, in one document.
    Normal,
    /// All changes so far, or the next change if there are none.
    LongPoll,
    /// Changes without end, one a line.
    Continuous,
    /// Changes without end, as events for browsers.
    EventSource,
}

impl Feed {
    pub(super) fn waits(self) -> bool {
        self != Self::Normal
    }

    fn is_one_document(self) -> bool {
        matches!(self, Self::Normal | Self::LongPoll)
    }
}

/// Sends changes until there are no more. A feed that waits ends when it has waited long enough, or when its client has
/// gone.
pub(super) async fn run(
    couchdb: web::Data<CouchDb>,
    query: ChangesQuery,
    mut rows: Rows,
) -> Result<(), CouchError> {
    let mut written = couchdb.database.written();
    let mut closing = couchdb.closing.subscribe();
    let mut sent = Sent::behind(&query);
    if query.feed.is_one_document() {
        rows.write(b"{\"results\":[\n");
    }
    // Without changes for this long, a feed ends, or sends a sign of life if the client wants one.
    let silence = query.heartbeat.unwrap_or(query.wait);
    let mut until = Instant::now() + silence;
    let mut is_open = false;
    loop {
        // Before reading, so that no write is missed meanwhile.
        written.mark_unchanged();
        let before = sent.left;
        let read = send_new(&couchdb, &query, &mut rows, &mut sent).await?;
        let is_answered = match query.feed {
            Feed::Normal => true,
            Feed::LongPoll => sent.left < before,
            Feed::Continuous | Feed::EventSource => false,
        };
        let is_over = sent.left == 0 || is_answered || *closing.borrow();
        if is_over || read == Read::OfAnotherHistory {
            return end(&couchdb, &query, rows, &sent, read == Read::All).await;
        }
        // Writes of other tables wake a feed, too, and it stays silent.
        if sent.left < before {
            until = Instant::now() + silence;
        }
        if !std::mem::replace(&mut is_open, true) {
            rows.write(first_bytes(query.feed));
        }
        rows.flush().await?;
        tokio::select! {
            _ = written.changed() => {}
            () = rows.gone() => return Ok(()),
            _ = closing.changed() => {}
            () = sleep_until(until) => {
                if query.heartbeat.is_none() {
                    return end(&couchdb, &query, rows, &sent, true).await;
                }
                rows.write(heartbeat(query.feed));
                until = Instant::now() + silence;
            }
        }
    }
}

/// The progress of a feed.
struct Sent {
    /// Descending feeds end here.
    since: i64,
    /// The last write that was read, whether it was sent or not.
    last: i64,
    /// The history in which these numbers count.
    epoch: Option<String>,
    /// Whether the database was read.
    is_begun: bool,
    /// How many more changes may be sent.
    left: u64,
}

/// How far the changes were read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    All,
    /// There may be more.
    Some,
    /// The database has gone back to an earlier state meanwhile, and goes on from there with the same numbers. The client
    /// comes back with the number that it has, and gets everything.
    OfAnotherHistory,
}

impl Sent {
    fn behind(query: &ChangesQuery) -> Self {
        let Sequence { number, epoch } = query.since.clone();
        let mut sent = Self {
            since: number,
            last: 0,
            epoch,
            is_begun: false,
            left: query.limit,
        };
        sent.go_to_start(query);
        sent
    }

    fn go_to_start(&mut self, query: &ChangesQuery) {
        self.last = match query.descending {
            true => i64::MAX,
            false => self.since,
        };
    }

    fn sequence(&self, number: i64) -> Sequence {
        Sequence {
            number,
            epoch: self.epoch.clone(),
        }
    }
}

/// Sends new changes.
async fn send_new(
    couchdb: &CouchDb,
    query: &ChangesQuery,
    rows: &mut Rows,
    sent: &mut Sent,
) -> Result<Read, CouchError> {
    while sent.left > 0 {
        let piece = couchdb
            .database
            .changes(sent.last, query.descending, PIECE)
            .await?;
        let is_another = sent.epoch != piece.epoch;
        if is_another && sent.is_begun {
            return Ok(Read::OfAnotherHistory);
        }
        sent.is_begun = true;
        sent.epoch = piece.epoch;
        if is_another {
            sent.since = 0;
            sent.go_to_start(query);
            continue;
        }
        for change in &piece.items {
            if query.descending && change.number <= sent.since {
                return Ok(Read::All);
            }
            if sent.left == 0 {
                return Ok(Read::Some);
            }
            sent.last = change.number;
            if query.filter.passes(&change.document.id) {
                send(query, rows, sent, change).await?;
                sent.left -= 1;
            }
        }
        if !piece.more {
            return Ok(Read::All);
        }
    }
    Ok(Read::Some)
}

async fn send(
    query: &ChangesQuery,
    rows: &mut Rows,
    sent: &Sent,
    change: &Change,
) -> Result<(), CouchError> {
    let sequence = sent.sequence(change.number).to_string();
    let row = row(&sequence, change, query.include_docs);
    match query.feed {
        Feed::Normal | Feed::LongPoll => rows.row(&row).await,
        Feed::Continuous => {
            rows.value(&row).await?;
            rows.write(b"\n");
            Ok(())
        }
        Feed::EventSource => {
            rows.write(b"data: ");
            rows.value(&row).await?;
            rows.write(format!("\nid: \"{sequence}\"\n\n").as_bytes());
            Ok(())
        }
    }
}

fn row(sequence: &str, change: &Change, include_docs: bool) -> Value {
    let document = &change.document;
    let mut row = json!({
        "seq": sequence,
        "id": document.id,
        "changes": [{"rev": document.revision.as_str()}],
    });
    if document.deleted {
        row["deleted"] = true.into();
    }
    if include_docs {
        row["doc"] = Value::Object(document.to_json());
    }
    row
}

/// Sent before a feed waits, so that its client sees that it has begun.
fn first_bytes(feed: Feed) -> &'static [u8] {
    match feed {
        Feed::EventSource => b":\n\n",
        _ => b"\n",
    }
}

fn heartbeat(feed: Feed) -> &'static [u8] {
    match feed {
        Feed::EventSource => b"event: heartbeat\ndata: \n\n",
        _ => b"\n",
    }
}

async fn end(
    couchdb: &CouchDb,
    query: &ChangesQuery,
    rows: Rows,
    sent: &Sent,
    is_all: bool,
) -> Result<(), CouchError> {
    let last = match sent.last {
        i64::MAX => couchdb.database.counts().await?.sequence,
        last => sent.sequence(last),
    };
    // At most this many: a document with two writes counts twice.
    let pending = match is_all || query.descending {
        true => 0,
        false => (couchdb.database.counts().await?.sequence.number - last.number).max(0),
    };
    let summary = format!("\"last_seq\":\"{last}\",\"pending\":{pending}}}\n");
    match query.feed {
        Feed::Normal | Feed::LongPoll => rows.finish(format!("\n],\n{summary}").as_bytes()).await,
        Feed::Continuous => rows.finish(format!("{{{summary}").as_bytes()).await,
        Feed::EventSource => rows.finish(b"").await,
    }
}
