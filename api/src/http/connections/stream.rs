//! Connections that are closed when they stall.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::rt::net::TcpStream;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use super::{exchange::Exchange, places::Permit};

/// Longest time for the head of a further request, from its first byte: the same as actix-web's for the first head.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// Longest time without progress in sending a reply: as long as CouchDB's lists wait here, and as KAZOO's clients wait
/// for anything.
const STALL_TIME: Duration = Duration::from_secs(30);

/// Bytes of a reply that the kernel accepts beyond those that it has sent. The rest stays where it is counted, and
/// costs nothing while nobody reads. Twice as much as is handed over at once.
const UNSENT_BYTES: u32 = 64 * 1024;

/// Bytes sent before the next connection has its turn. Otherwise a thousand connections that begin to send at one time
/// delay each other by milliseconds.
const TURN_BYTES: usize = 64 * 1024;

/// A connection with a place.
pub(super) struct Watched {
    stream: TcpStream,
    exchange: Rc<Exchange>,
    head: Deadline,
    stall: Deadline,
    /// Since when sending makes no progress.
    stalled_since: Option<Instant>,
    /// Bytes sent in the current turn.
    sent_in_turn: usize,
    _permit: Permit,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, permit: Permit, exchange: Rc<Exchange>) -> Self {
        // On other kernels, the kernel buffers more of the reply.
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT_BYTES);
        Self {
            stream,
            exchange,
            head: Deadline::default(),
            stall: Deadline::default(),
            stalled_since: None,
            sent_in_turn: 0,
            _permit: permit,
        }
    }

    pub(super) fn exchange(&self) -> Rc<Exchange> {
        Rc::clone(&self.exchange)
    }

    /// Fails if sending has stalled for too long.
    fn sent<T>(&mut self, sent: Poll<io::Result<T>>, context: &mut Context) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stalled_since = None;
            return sent;
        }
        let since = *self.stalled_since.get_or_insert_with(Instant::now);
        self.stall.poll(since + STALL_TIME, context).map(Err)
    }
}

/// A timer that is made at its first use: most connections never wait.
#[derive(Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    /// Ready, with an error, at the time `until`. Wakes the task then.
    fn poll(&mut self, until: Instant, context: &mut Context) -> Poll<io::Error> {
        let sleep = self
            .0
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until.into())));
        if sleep.deadline() != until.into() {
            sleep.as_mut().reset(until.into());
        }
        let timed_out = sleep.as_mut().poll(context);
        timed_out.map(|()| io::ErrorKind::TimedOut.into())
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            this.exchange.received();
        }
        if read.is_pending() {
            // A connection that waits ends its turn.
            this.sent_in_turn = 0;
        }
        match (read, this.exchange.head_since()) {
            (Poll::Pending, Some(since)) => this.head.poll(since + HEAD_TIME, context).map(Err),
            (read, _) => read,
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.sent_in_turn >= TURN_BYTES {
            this.sent_in_turn = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let sent = Pin::new(&mut this.stream).poll_write(context, bytes);
        match &sent {
            Poll::Ready(Ok(bytes)) => this.sent_in_turn += bytes,
            _ => this.sent_in_turn = 0,
        }
        this.sent(sent, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
