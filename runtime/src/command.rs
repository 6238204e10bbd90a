//! Functions that are WASI commands: stdin is the call, stdout the result, stderr the log.

use wasmtime::{ModuleExport, TypedFunc};
use wasmtime_wasi::{I32Exit, cli::StdoutStream};

use crate::{Class, Failure, FunctionError, Limits, outbox::Outbox, running::Running};

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
        self.outbox.clone()
    }

    /// What is left of stdin, and at most as much as there is room for.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> usize {
        let left = &self.input[self.read..];
        let bytes = left.len().min(room.len());
        room[..bytes].copy_from_slice(&left[..bytes]);
        self.read += bytes;
        bytes
    }
}

impl Running<'_> {
    /// Runs a command to its end and takes what it wrote to stdout.
    pub(crate) async fn command(
        &mut self,
        start: &ModuleExport,
        limits: &Limits,
    ) -> Result<String, Failure> {
        if let Err(error) = self.start_command(start).await {
            match error.downcast_ref::<I32Exit>() {
                Some(I32Exit(0)) => {}
                Some(I32Exit(code)) => return Err(self.exited(*code, limits)),
                None => return Err(self.explain(error, limits)),
            }
        }
        let command = self.store.data().command.as_ref();
        let written = command.map(|command| command.outbox.take_all());
        String::from_utf8(written.unwrap_or_default())
            .map_err(|_| no_result("what the module wrote to stdout is not UTF-8"))
    }

    async fn start_command(&mut self, start: &ModuleExport) -> wasmtime::Result<()> {
        let start: TypedFunc<(), ()> = self.function(start)?;
        start.call_async(&mut self.store, ()).await
    }

    /// A command says what went wrong in its last lines of stderr, if anywhere.
    fn exited(&self, code: i32, limits: &Limits) -> Failure {
        if let Some(memory) = self.memory_limit(limits) {
            return memory;
        }
        let said = self.last_words();
        let message = said.unwrap_or_else(|| format!("the module ended with exit code {code}"));
        let name = format!("ExitCode{code}");
        Failure::new(Class::Exception, FunctionError::new(name, message))
    }
}

/// What was answered is no result.
pub(crate) fn no_result(message: impl Into<String>) -> Failure {
    let error = FunctionError::new("InvalidResult", message);
    Failure::new(Class::InvalidResult, error)
}

#[cfg(test)]
mod tests;
