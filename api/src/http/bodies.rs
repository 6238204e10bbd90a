//! Requests' bodies. They are read before anything is known about who sent them, so all of them together get a
//! bounded part of the memory and each a bounded time.

use std::time::Duration;

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::budget::{Budget, Holder, NoMemory, Share};

/// KAZOO's own limit (`api_util.erl`); the source in it is limited further by the compiler.
pub(crate) const MAX_BODY_BYTES: usize = 8_000_000;

/// From a request's head to the end of its body: the largest body at 2 Mbit/s. Whoever sends nothing more gives its
/// memory back then.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Of a body that is taken apart without waiting for a [`turn`]: some 100 µs of work.
const MAX_BYTES_WITHOUT_TURN: usize = 64 * 1024;

/// Turns of all threads: one works on a large body while the others answer.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Why there is no body.
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

/// Reads a body. Takes memory for what has arrived, not for what a request's head announces: an announcement costs nothing.
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

/// Waits until a body may be taken apart. Large ones are, one after the other: whoever sends many at once holds others up by no more
/// than the work on one, some milliseconds.
pub(super) async fn turn(body: &[u8]) -> Option<SemaphorePermit<'static>> {
    if body.len() <= MAX_BYTES_WITHOUT_TURN {
        return None;
    }
    TURNS.acquire().await.ok()
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
    use futures_util::FutureExt as _;

    use super::*;

    async fn read_of(budget: &Budget, body: &'static str) -> Result<(Bytes, Share), BodyError> {
        let (_, payload) = TestRequest::default().set_payload(body).to_http_parts();
        read(payload, budget, budget.known("a")).await
    }

    #[actix_web::test]
    async fn large_bodies_are_taken_apart_one_after_the_other() {
        let large = [0; MAX_BYTES_WITHOUT_TURN + 1];
        let first = turn(&large).await;
        assert!(turn(&large).now_or_never().is_none());
        assert!(turn(&large[1..]).now_or_never().is_some());
        drop(first);
        assert!(turn(&large).await.is_some());
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
