//! Requests' bodies. They are read before anything is known about who sent them, so all of them together get a
//! bounded part of the memory and each a bounded time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use futures_util::StreamExt;

/// KAZOO's own limit (`api_util.erl`); the source in it is limited further by the compiler.
pub(crate) const MAX_BODY_BYTES: usize = 8_000_000;

/// From a request's head to the end of its body: the largest body at 2 Mbit/s. Whoever sends nothing more gives its
/// memory back then.
const MAX_TIME: Duration = Duration::from_secs(30);

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
    NoMemory,
}

/// The memory for all bodies there are at one time.
pub(crate) struct Bodies(Arc<Budget>);

struct Budget {
    max_bytes: usize,
    bytes: AtomicUsize,
    refused: AtomicU64,
}

/// Bytes that a body takes, until dropped.
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Bodies {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self(Arc::new(Budget {
            max_bytes,
            bytes: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }))
    }

    /// Bytes of all bodies there are now.
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Bodies there was no memory for, so far.
    pub(super) fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Takes memory for what has arrived, not for what a request's head announces: an announcement costs nothing.
    pub(super) async fn read(&self, payload: Payload) -> Result<(Bytes, Share), BodyError> {
        tokio::time::timeout(MAX_TIME, self.read_for_ever(payload))
            .await
            .map_err(|_| BodyError::TooSlow)?
    }

    async fn read_for_ever(&self, mut payload: Payload) -> Result<(Bytes, Share), BodyError> {
        let mut share = Share {
            budget: Arc::clone(&self.0),
            bytes: 0,
        };
        let mut body = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(BodyError::Incomplete)?;
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(BodyError::TooLarge);
            }
            share.grow(chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        Ok((body.freeze(), share))
    }
}

impl Share {
    fn grow(&mut self, more: usize) -> Result<(), BodyError> {
        let Budget {
            max_bytes,
            bytes,
            refused,
        } = &*self.budget;
        let taken = |bytes: usize| bytes.checked_add(more).filter(|sum| sum <= max_bytes);
        if bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .is_err()
        {
            refused.fetch_add(1, Ordering::Relaxed);
            return Err(BodyError::NoMemory);
        }
        self.bytes += more;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn read(bodies: &Bodies, body: &'static str) -> Result<(Bytes, Share), BodyError> {
        let (_, payload) = TestRequest::default().set_payload(body).to_http_parts();
        bodies.read(payload).await
    }

    #[actix_web::test]
    async fn bodies_share_a_bounded_memory() {
        let bodies = Bodies::new(10);
        let (body, share) = read(&bodies, "1234567").await.unwrap();
        assert_eq!((&body[..], bodies.bytes()), (&b"1234567"[..], 7));
        let second = read(&bodies, "1234").await;
        assert!(matches!(second, Err(BodyError::NoMemory)));
        assert_eq!((bodies.bytes(), bodies.refused()), (7, 1));
        let third = read(&bodies, "123").await;
        assert!(third.is_ok());
        drop((share, third));
        assert_eq!(bodies.bytes(), 0);
    }
}
