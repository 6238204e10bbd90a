//! What a feed of changes sends, and when.

use actix_web::web;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    CouchDb,
    changes::{Asked, Sequence},
    error::CouchError,
    stream::Rows,
};
use crate::couchdb::Change;

/// Changes that are read at once.
const PIECE: usize = 200;

/// How changes are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// All there are, in one document.
    Normal,
    /// The same, but if there are none, as soon as there are.
    LongPoll,
    /// One a line, without end.
    Continuous,
    /// The same as events for browsers.
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

/// Sends changes until there are no more, or, of a feed that waits, until it has waited long enough or nobody reads it.
pub(super) async fn run(
    couchdb: web::Data<CouchDb>,
    asked: Asked,
    mut rows: Rows,
) -> Result<(), CouchError> {
    let mut written = couchdb.database.written();
    let mut closing = couchdb.closing.subscribe();
    let mut sent = Sent {
        last: if asked.descending {
            i64::MAX
        } else {
            asked.since
        },
        left: asked.limit,
    };
    if asked.feed.is_one_document() {
        rows.write(b"{\"results\":[\n");
    }
    loop {
        // Before the look, so that what is written meanwhile is not missed.
        written.mark_unchanged();
        let before = sent.left;
        let is_all = send_new(&couchdb, &asked, &mut rows, &mut sent).await?;
        let is_answered = match asked.feed {
            Feed::Normal => true,
            Feed::LongPoll => sent.left < before,
            Feed::Continuous | Feed::EventSource => false,
        };
        if sent.left == 0 || is_answered || *closing.borrow() {
            return end(&couchdb, &asked, rows, &sent, is_all).await;
        }
        // The head of the reply, and what was found.
        rows.flush_or(first_bytes(asked.feed)).await?;
        let deadline = Instant::now() + asked.wait;
        loop {
            let beat = async {
                match asked.heartbeat {
                    Some(every) => sleep(every).await,
                    None => std::future::pending().await,
                }
            };
            let patience = async {
                match asked.heartbeat {
                    Some(_) => std::future::pending().await,
                    None => sleep_until(deadline).await,
                }
            };
            tokio::select! {
                _ = written.changed() => break,
                () = rows.gone() => return Ok(()),
                _ = closing.changed() => return end(&couchdb, &asked, rows, &sent, true).await,
                () = patience => return end(&couchdb, &asked, rows, &sent, true).await,
                () = beat => {
                    rows.write(heartbeat(asked.feed));
                    rows.flush().await?;
                }
            }
        }
    }
}

/// How far a feed has come.
struct Sent {
    /// The last write it has seen, sent or not.
    last: i64,
    /// How many more may be sent.
    left: u64,
}

/// Sends what is new. Says whether that was all.
async fn send_new(
    couchdb: &CouchDb,
    asked: &Asked,
    rows: &mut Rows,
    sent: &mut Sent,
) -> Result<bool, CouchError> {
    while sent.left > 0 {
        let piece = couchdb
            .database
            .changes(sent.last, asked.descending, PIECE)
            .await?;
        for change in &piece.items {
            if asked.descending && change.sequence <= asked.since {
                return Ok(true);
            }
            if sent.left == 0 {
                return Ok(false);
            }
            sent.last = change.sequence;
            if asked.filter.passes(&change.document.id) {
                send(asked, rows, change).await?;
                sent.left -= 1;
            }
        }
        if !piece.more {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn send(asked: &Asked, rows: &mut Rows, change: &Change) -> Result<(), CouchError> {
    let row = row(change, asked.include_docs);
    match asked.feed {
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

/// Sent before a feed waits, so that its client knows that it is there.
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
    asked: &Asked,
    rows: Rows,
    sent: &Sent,
    is_all: bool,
) -> Result<(), CouchError> {
    let last = match sent.last {
        i64::MAX => couchdb.database.counts().await?.sequence,
        last => last,
    };
    // At most so many: a document that is written twice counts twice.
    let pending = match is_all || asked.descending {
        true => 0,
        false => couchdb.database.counts().await?.sequence - last,
    };
    let summary = format!("\"last_seq\":\"{last}\",\"pending\":{pending}}}\n");
    match asked.feed {
        Feed::Normal | Feed::LongPoll => rows.finish(format!("\n],\n{summary}").as_bytes()).await,
        Feed::Continuous => rows.finish(format!("{{{summary}").as_bytes()).await,
        Feed::EventSource => rows.finish(b"").await,
    }
}
