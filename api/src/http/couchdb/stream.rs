//! Replies made piece by piece. No reply is in memory as a whole.

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

/// So long a client may take for what it has been sent. Then it is given up, and its place is free.
const MAX_STALL: Duration = Duration::from_mins(1);

/// Bytes that are sent at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// The reply that is being sent.
pub(super) struct Rows {
    parts: mpsc::Sender<Part>,
    buffer: BytesMut,
    /// Whether there was a row already: others follow behind a comma.
    follows: bool,
    _permit: OwnedSemaphorePermit,
}

enum Part {
    More(Bytes),
    Last(Bytes),
    Failed(CouchError),
}

/// The client has gone, or the reply broke off.
#[derive(Debug, thiserror::Error)]
#[error("the reply ended early")]
struct Broken;

/// A list, made by `write` in a task of its own. What fails before the first part is sent is an error reply; later the connection
/// breaks.
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

/// A feed, likewise. There is a place for it, or it is refused.
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
            // Whoever asked has gone: nobody wants the rest, or what comes before the first row.
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

/// The next part, and what is left then. A reply that breaks off must not look like one that ended.
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
    /// Keeps bytes to be sent with the next ones.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// A row of a list, behind a comma if it is not the first.
    pub(super) async fn row(&mut self, row: &impl Serialize) -> Result<(), CouchError> {
        if std::mem::replace(&mut self.follows, true) {
            self.write(b",\n");
        }
        self.value(row).await
    }

    /// A value by itself.
    pub(super) async fn value(&mut self, value: &impl Serialize) -> Result<(), CouchError> {
        let json =
            serde_json::to_vec(value).map_err(|error| CouchError::internal(&error.to_string()))?;
        self.write(&json);
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends what there is. Waits until what was sent before is on its way.
    ///
    /// # Errors
    /// If whoever asked has gone.
    pub(super) async fn flush(&mut self) -> Result<(), CouchError> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let bytes = self.buffer.split().freeze();
        self.send(Part::More(bytes)).await
    }

    /// Sends the rest, with these bytes at its end.
    pub(super) async fn finish(mut self, end: &[u8]) -> Result<(), CouchError> {
        self.write(end);
        let bytes = self.buffer.split().freeze();
        self.send(Part::Last(bytes)).await
    }

    async fn send(&self, part: Part) -> Result<(), CouchError> {
        let sent = tokio::time::timeout(MAX_STALL, self.parts.send(part)).await;
        sent.map_err(|_| gone())?.map_err(|_| gone())
    }

    /// Ends when whoever asked has gone.
    pub(super) async fn gone(&self) {
        self.parts.closed().await;
    }
}

/// Nobody reads it.
fn gone() -> CouchError {
    CouchError::bad_request("nobody is there any more")
}
