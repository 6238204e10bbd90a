//! What a guest has written to stdout and nobody has taken yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime_wasi::p2::{StreamError, StreamResult};

use super::{interruption::Interruption, stream::Sink};

/// The stdout of an instance, kept until it is taken. A guest that writes too much is ended.
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

    /// Takes the complete lines.
    pub(crate) fn take_lines(&self) -> Vec<u8> {
        let mut written = self.written();
        let end = written.iter().rposition(|byte| *byte == b'\n');
        let rest = written.split_off(end.map_or(0, |end| end + 1));
        std::mem::replace(&mut *written, rest)
    }

    /// Takes all bytes.
    pub(crate) fn take_all(&self) -> Vec<u8> {
        std::mem::take(&mut *self.written())
    }

    fn written(&self) -> MutexGuard<'_, Vec<u8>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Outbox {
    fn take(&self, bytes: &[u8]) -> StreamResult<()> {
        let mut written = self.written();
        let total = written.len() + bytes.len();
        if total > self.limit {
            let bytes = total;
            return Err(StreamError::Trap(
                Interruption::OutputTooLarge { bytes }.into(),
            ));
        }
        written.extend_from_slice(bytes);
        Ok(())
    }
}
