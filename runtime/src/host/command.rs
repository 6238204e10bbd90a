//! The host's side of a WASI command: the call at stdin, and the output at stdout.

use wasmtime_wasi::cli::StdoutStream;

use super::{outbox::Outbox, stream::Stream};
use crate::Limits;

/// The host's side of one command.
pub(crate) struct Command {
    input: Vec<u8>,
    read: usize,
    outbox: Outbox,
}

impl Command {
    pub(crate) fn new(input: &str, limits: &Limits) -> Self {
        Self {
            input: input.into(),
            read: 0,
            outbox: Outbox::new(limits.output_bytes),
        }
    }

    pub(crate) fn stdout(&self) -> impl StdoutStream + use<> {
        Stream(self.outbox.clone())
    }

    /// All bytes written to stdout.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.outbox.take_all()
    }

    /// Reads the next bytes of stdin into `room`. Returns their number.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> usize {
        let left = &self.input[self.read..];
        let bytes = left.len().min(room.len());
        room[..bytes].copy_from_slice(&left[..bytes]);
        self.read += bytes;
        bytes
    }
}
