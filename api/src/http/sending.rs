//! Replies that are being sent. A large one is counted until its last part is in the connection's own buffer, so that
//! nobody can fill the memory by requesting much and reading little.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};

use super::budget::{Budget, Holder, NoMemory, Share};

/// Smaller replies are not counted. With as many connections as allowed, they take 256 MiB.
const COUNTED_FROM_BYTES: usize = 64 * 1024;

/// Bytes that a connection gets at one time. It asks for more when it has sent them.
const PART_BYTES: usize = 32 * 1024;

/// The body of a large reply.
struct Sending {
    rest: Bytes,
    _share: Share,
}

/// Counts the body of a large reply, unless the body is made piece by piece.
///
/// # Errors
/// [`NoMemory`] if replies to the same holder, or all replies, take too much memory.
pub(super) fn counted(
    body: BoxBody,
    budget: &Budget,
    holder: impl FnOnce() -> Holder,
) -> Result<BoxBody, NoMemory> {
    let is_large =
        matches!(body.size(), BodySize::Sized(bytes) if bytes > COUNTED_FROM_BYTES as u64);
    if !is_large {
        return Ok(body);
    }
    match body.try_into_bytes() {
        Ok(rest) => {
            let share = budget.share(holder());
            share.grow(rest.len())?;
            let sending = Sending {
                rest,
                _share: share,
            };
            Ok(BoxBody::new(sending))
        }
        // The body is made piece by piece.
        Err(body) => Ok(body),
    }
}

impl MessageBody for Sending {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let bytes = self.rest.len().min(PART_BYTES);
        Poll::Ready((bytes > 0).then(|| Ok(self.rest.split_to(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn a_large_reply_is_counted_until_it_is_sent() {
        let budget = Budget::new(1024 * 1024);
        let text = Bytes::from("x".repeat(COUNTED_FROM_BYTES + 1));
        let counted =
            |body: &Bytes| counted(BoxBody::new(body.clone()), &budget, || budget.known("a"));
        let small = counted(&text.slice(1..)).unwrap();
        assert_eq!(budget.bytes(), 0);
        assert_eq!(to_bytes(small).await.unwrap().len(), COUNTED_FROM_BYTES);
        let large = counted(&text).unwrap();
        assert_eq!(large.size(), BodySize::Sized(text.len() as u64));
        assert_eq!(budget.bytes(), text.len());
        assert_eq!(to_bytes(large).await.unwrap(), text);
        assert_eq!(budget.bytes(), 0);
    }

    #[actix_web::test]
    async fn what_nobody_reads_leaves_no_room_for_more() {
        let budget = Budget::new(1024 * 1024);
        let text = Bytes::from("x".repeat(200 * 1024));
        let of = |account: &str| {
            counted(BoxBody::new(text.clone()), &budget, || {
                budget.known(account)
            })
        };
        let unread = of("a").unwrap();
        assert!(of("a").is_err());
        assert!(of("b").is_ok());
        drop(unread);
        assert!(of("a").is_ok());
    }
}
