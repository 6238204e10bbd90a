//! A guest's output stream, in the form that wasmtime-wasi wants.

use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

/// Bytes accepted in one write. wasmtime-wasi writes pieces of 4 KiB in any case.
const WRITE_PERMIT: usize = 64 * 1024;

/// Accepts what a guest writes. Clones share one destination.
pub(crate) trait Sink: Clone + Send + Sync + 'static {
    fn take(&self, bytes: &[u8]) -> StreamResult<()>;

    /// Whether other calls on the same thread must run before the next write.
    fn ends_turn(&self) -> bool {
        false
    }
}

/// A stream that writes to a sink.
#[derive(Clone)]
pub(crate) struct Stream<S>(pub(crate) S);

impl<S> IsTerminal for Stream<S> {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl<S: Sink> StdoutStream for Stream<S> {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Only WASI preview 3 uses it, which guests do not have.
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
