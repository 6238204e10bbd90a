//! What a program in a conversation, or a command, has written and nobody has been sent yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamError, StreamResult},
};

use crate::conversation::Interruption;

/// Bytes accepted in one write. wasmtime-wasi writes in pieces of 4 KiB whatever is offered.
const WRITE_PERMIT: usize = 64 * 1024;

/// The stdout of one instance, kept until it is taken. Ends a guest that writes too much at a time.
#[derive(Clone)]
pub(crate) struct Outbox {
    written: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            written: Arc::default(),
            limit,
        }
    }

    /// All lines that have an end.
    pub(crate) fn take_lines(&self) -> Vec<u8> {
        let mut written = self.written();
        let end = written.iter().rposition(|byte| *byte == b'\n');
        let rest = written.split_off(end.map_or(0, |end| end + 1));
        std::mem::replace(&mut *written, rest)
    }

    /// All of it.
    pub(crate) fn take_all(&self) -> Vec<u8> {
        std::mem::take(&mut *self.written())
    }

    fn written(&self) -> MutexGuard<'_, Vec<u8>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Outbox {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Outbox {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Used by WASI preview 3 only, which the runtime does not offer to guests.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Outbox {
    async fn ready(&mut self) {}
}

impl OutputStream for Outbox {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        let mut written = self.written();
        let total = written.len() + bytes.len();
        if total > self.limit {
            let bytes = total;
            return Err(StreamError::Trap(
                Interruption::OutputTooLarge { bytes }.into(),
            ));
        }
        written.extend_from_slice(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_PERMIT)
    }
}
