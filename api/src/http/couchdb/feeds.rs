//! Sends feeds of changes.

use actix_web::web;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::{
    CouchDb,
    changes::{ChangesQuery, Sequence},
    error::CouchError,
    stream::Rows,
};
use crate::couchdb::Change;

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
    let mut sent = Sent {
        last: if query.descending {
            i64::MAX
        } else {
            query.since
        },
        left: query.limit,
    };
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
        let is_all = send_new(&couchdb, &query, &mut rows, &mut sent).await?;
        let is_answered = match query.feed {
            Feed::Normal => true,
            Feed::LongPoll => sent.left < before,
            Feed::Continuous | Feed::EventSource => false,
        };
        if sent.left == 0 || is_answered || *closing.borrow() {
            return end(&couchdb, &query, rows, &sent, is_all).await;
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
    /// The last write that was read, whether it was sent or not.
    last: i64,
    /// How many more changes may be sent.
    left: u64,
}

/// Sends new changes. Returns whether those were all.
async fn send_new(
    couchdb: &CouchDb,
    query: &ChangesQuery,
    rows: &mut Rows,
    sent: &mut Sent,
) -> Result<bool, CouchError> {
    while sent.left > 0 {
        let piece = couchdb
            .database
            .changes(sent.last, query.descending, PIECE)
            .await?;
        for change in &piece.items {
            if query.descending && change.sequence <= query.since {
                return Ok(true);
            }
            if sent.left == 0 {
                return Ok(false);
            }
            sent.last = change.sequence;
            if query.filter.passes(&change.document.id) {
                send(query, rows, change).await?;
                sent.left -= 1;
            }
        }
        if !piece.more {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn send(query: &ChangesQuery, rows: &mut Rows, change: &Change) -> Result<(), CouchError> {
    let row = row(change, query.include_docs);
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
            rows.write(format!("\nid: \"{}\"\n\n", change.sequence).as_bytes());
            Ok(())
        }
    }
}

fn row(change: &Change, include_docs: bool) -> Value {
    let document = &change.document;
    let mut row = json!({
        "seq": Sequence(change.sequence),
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
        last => last,
    };
    // At most this many: a document with two writes counts twice.
    let pending = match is_all || query.descending {
        true => 0,
        false => couchdb.database.counts().await?.sequence - last,
    };
    let summary = format!("\"last_seq\":\"{last}\",\"pending\":{pending}}}\n");
    match query.feed {
        Feed::Normal | Feed::LongPoll => rows.finish(format!("\n],\n{summary}").as_bytes()).await,
        Feed::Continuous => rows.finish(format!("{{{summary}").as_bytes()).await,
        Feed::EventSource => rows.finish(b"").await,
    }
}
