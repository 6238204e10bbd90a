//! What a guest writes to, as wasmtime-wasi wants it.

use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

/// Bytes accepted in one write. wasmtime-wasi writes in pieces of 4 KiB whatever is offered.
const WRITE_PERMIT: usize = 64 * 1024;

/// Takes what a guest writes, at once. Clones write to the same.
pub(crate) trait Sink: Clone + Send + Sync + 'static {
    fn take(&self, bytes: &[u8]) -> StreamResult<()>;

    /// Whether so much was taken that others on the same thread go on before the next write.
    fn ends_turn(&self) -> bool {
        false
    }
}

/// A stream into a sink.
#[derive(Clone)]
pub(crate) struct Stream<S>(pub(crate) S);

impl<S> IsTerminal for Stream<S> {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl<S: Sink> StdoutStream for Stream<S> {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Used by WASI preview 3 only, which the runtime does not offer to guests.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl<S: Sink> Pollable for Stream<S> {
    async fn ready(&mut self) {
        if self.0.ends_turn() {
            tokio::task::yield_now().await;
        }
    }
}

impl<S: Sink> OutputStream for Stream<S> {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.0.take(&bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_PERMIT)
    }
}
