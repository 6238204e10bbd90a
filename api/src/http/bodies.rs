//! Bodies of requests. A body is read before its sender is known, so all bodies together get a bounded part of the
//! memory, and each body a bounded time.

use std::time::Duration;

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;

use super::{
    LOW_PRIORITY,
    budget::{Budget, Holder, NoMemory, Share},
};

/// KAZOO's limit of a body, in bytes (`api_util.erl`). The compiler limits the source in it further.
pub(crate) const MAX_BODY_BYTES: usize = 8_000_000;

/// Largest `data` that is parsed, in bytes: a source of 1 MiB with its escapes, and a call or a document's other
/// members. Parsed, it can take forty times as much.
pub(super) const MAX_OBJECT_BYTES: usize = 3 * 1024 * 1024;

/// Longest time from a request's head to the end of its body: the largest body at 2 Mbit/s. After it, a stalled request
/// gives its memory back.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Largest body that a worker parses itself: some 100 µs of work.
const MAX_BYTES_AT_ONCE: usize = 64 * 1024;

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("the body ended early: {0}")]
    Incomplete(PayloadError),
    #[error("the body took too long")]
    TooSlow,
    #[error("no memory is free for the body")]
    NoMemory(#[from] NoMemory),
}

/// Reads a body. Memory is taken for what has arrived, and not for what the request's head announces.
pub(super) async fn read(
    payload: Payload,
    budget: &Budget,
    holder: Holder,
) -> Result<(Bytes, Share), BodyError> {
    let share = budget.share(holder);
    let body = tokio::time::timeout(MAX_TIME, read_for_ever(payload, &share))
        .await
        .map_err(|_| BodyError::TooSlow)??;
    Ok((body, share))
}

/// Runs work on a whole body. Large bodies are worked on by another thread, because the workers that answer calls must
/// do nothing that takes milliseconds.
pub(super) async fn work_on<B, T>(body: B, work: impl FnOnce(&[u8]) -> T + Send + 'static) -> T
where
    B: AsRef<[u8]> + Send + 'static,
    T: Send + 'static,
{
    if body.as_ref().len() <= MAX_BYTES_AT_ONCE {
        return work(body.as_ref());
    }
    LOW_PRIORITY.work(move || work(body.as_ref())).await
}

async fn read_for_ever(mut payload: Payload, share: &Share) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(BodyError::Incomplete)?;
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        share.grow(chunk.len())?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn read_of(budget: &Budget, body: &'static str) -> Result<(Bytes, Share), BodyError> {
        let (_, payload) = TestRequest::default().set_payload(body).to_http_parts();
        read(payload, budget, budget.known("a")).await
    }

    #[actix_web::test]
    async fn large_bodies_are_worked_on_elsewhere() {
        let here = std::thread::current().id();
        let is_here = move |_: &[u8]| std::thread::current().id() == here;
        assert!(work_on(vec![0; MAX_BYTES_AT_ONCE], is_here).await);
        assert!(!work_on(vec![0; MAX_BYTES_AT_ONCE + 1], is_here).await);
    }

    #[actix_web::test]
    async fn bodies_share_a_bounded_memory() {
        let budget = Budget::new(10);
        let (body, share) = read_of(&budget, "1234567").await.unwrap();
        assert_eq!((&body[..], budget.bytes()), (&b"1234567"[..], 7));
        let second = read_of(&budget, "1234").await;
        assert!(matches!(second, Err(BodyError::NoMemory(_))));
        assert_eq!((budget.bytes(), budget.refused()), (7, 1));
        let third = read_of(&budget, "123").await;
        assert!(third.is_ok());
        drop((share, third));
        assert_eq!(budget.bytes(), 0);
    }
}
