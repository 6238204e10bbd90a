//! Replies that are made piece by piece. None of them is in memory as a whole.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes, BytesMut},
};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{CouchDb, error::CouchError};

/// Longest time in which a client reads nothing. After that the reply ends, and its place is free.
const MAX_STALL: Duration = Duration::from_mins(1);

/// Bytes that are sent at one time.
const CHUNK_BYTES: usize = 16 * 1024;

/// A reply that is being sent.
pub(super) struct Rows {
    parts: mpsc::Sender<Part>,
    buffer: BytesMut,
    /// Whether there was a row before. Then a comma precedes the next one.
    follows: bool,
    _permit: OwnedSemaphorePermit,
}

enum Part {
    More(Bytes),
    Last(Bytes),
    Failed(CouchError),
}

/// The client has gone, or the reply failed.
#[derive(Debug, thiserror::Error)]
#[error("the reply ended early")]
struct Broken;

/// A list, which `write` makes in a task of its own. A failure before the first part becomes an error reply. After it,
/// the connection is broken off.
pub(super) async fn list<W, F>(
    couchdb: web::Data<CouchDb>,
    write: W,
) -> Result<HttpResponse, CouchError>
where
    W: FnOnce(web::Data<CouchDb>, Rows) -> F + 'static,
    F: Future<Output = Result<(), CouchError>> + 'static,
{
    let lists = Arc::clone(&couchdb.lists);
    let permit = lists.acquire_owned().await.map_err(|_| closed())?;
    reply(permit, "application/json", |rows| write(couchdb, rows)).await
}

/// A feed, which `write` makes in a task of its own. It is refused if there is no place for it.
pub(super) async fn feed<W, F>(
    places: &Arc<Semaphore>,
    content_type: &'static str,
    write: W,
) -> Result<HttpResponse, CouchError>
where
    W: FnOnce(Rows) -> F + 'static,
    F: Future<Output = Result<(), CouchError>> + 'static,
{
    let permit = Arc::clone(places).try_acquire_owned();
    let permit = permit.map_err(|_| CouchError::overloaded("too many feeds are waiting"))?;
    reply(permit, content_type, write).await
}

fn closed() -> CouchError {
    CouchError::overloaded("the server is being stopped")
}

async fn reply<W, F>(
    permit: OwnedSemaphorePermit,
    content_type: &'static str,
    write: W,
) -> Result<HttpResponse, CouchError>
where
    W: FnOnce(Rows) -> F,
    F: Future<Output = Result<(), CouchError>> + 'static,
{
    let (parts, mut receiver) = mpsc::channel(1);
    let failures = parts.clone();
    let writing = write(Rows {
        parts,
        buffer: BytesMut::new(),
        follows: false,
        _permit: permit,
    });
    actix_web::rt::spawn(async move {
        let written = tokio::select! {
            written = writing => written,
            // The client has gone.
            () = failures.closed() => return,
        };
        if let Err(error) = written {
            let _ = failures.send(Part::Failed(error)).await;
        }
    });
    let mut reply = HttpResponse::Ok();
    reply.insert_header((header::CONTENT_TYPE, content_type));
    reply.insert_header((header::CACHE_CONTROL, "must-revalidate"));
    match receiver.recv().await {
        Some(Part::Last(bytes)) => Ok(reply.body(bytes)),
        Some(Part::More(bytes)) => {
            let parts = stream::unfold(Some((Some(bytes), receiver)), next);
            Ok(reply.streaming(parts))
        }
        Some(Part::Failed(error)) => Err(error),
        None => Err(CouchError::panicked()),
    }
}

type Remaining = (Option<Bytes>, mpsc::Receiver<Part>);

/// The next part, and what remains. A reply that fails must not look complete.
async fn next(remaining: Option<Remaining>) -> Option<(Result<Bytes, Broken>, Option<Remaining>)> {
    let (first, mut receiver) = remaining?;
    if let Some(first) = first {
        return Some((Ok(first), Some((None, receiver))));
    }
    Some(match receiver.recv().await {
        Some(Part::More(bytes)) => (Ok(bytes), Some((None, receiver))),
        Some(Part::Last(bytes)) => (Ok(bytes), None),
        Some(Part::Failed(_)) | None => (Err(Broken), None),
    })
}

impl Rows {
    /// Adds bytes to the next part.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Adds a row of a list, after a comma if it is not the first.
    pub(super) async fn row(&mut self, row: &impl Serialize) -> Result<(), CouchError> {
        if std::mem::replace(&mut self.follows, true) {
            self.write(b",\n");
        }
        self.value(row).await
    }

    /// Adds a value by itself.
    pub(super) async fn value(&mut self, value: &impl Serialize) -> Result<(), CouchError> {
        let json =
            serde_json::to_vec(value).map_err(|error| CouchError::internal(&error.to_string()))?;
        self.write(&json);
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends the current part. Waits until the one before is sent.
    ///
    /// # Errors
    /// If the client has gone.
    pub(super) async fn flush(&mut self) -> Result<(), CouchError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let bytes = self.buffer.split().freeze();
        self.send(Part::More(bytes)).await
    }

    /// Sends the rest, and these bytes at its end.
    pub(super) async fn finish(mut self, end: &[u8]) -> Result<(), CouchError> {
        self.write(end);
        let bytes = self.buffer.split().freeze();
        self.send(Part::Last(bytes)).await
    }

    async fn send(&self, part: Part) -> Result<(), CouchError> {
        let sent = tokio::time::timeout(MAX_STALL, self.parts.send(part)).await;
        sent.map_err(|_| gone())?.map_err(|_| gone())
    }

    /// Returns when the client has gone.
    pub(super) async fn gone(&self) {
        self.parts.closed().await;
    }
}

/// The error for a client that has gone.
fn gone() -> CouchError {
    CouchError::bad_request("nobody is there any more")
}
