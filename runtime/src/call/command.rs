//! Calls of functions that are WASI commands: stdin is the call, stdout the result, stderr the log.

use wasmtime::{ModuleExport, TypedFunc};
use wasmtime_wasi::I32Exit;

use super::instance::Running;
use crate::{Class, Failure, FunctionError, Limits, outcome::no_result};

impl Running<'_> {
    /// Runs a command, or the function that initialises it, and returns what it wrote to stdout.
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
        let written = command.map(|command| command.written());
        String::from_utf8(written.unwrap_or_default())
            .map_err(|_| no_result("what the module wrote to stdout is not UTF-8"))
    }

    async fn start_command(&mut self, start: &ModuleExport) -> wasmtime::Result<()> {
        let start: TypedFunc<(), ()> = self.function(start)?;
        start.call_async(&mut self.store, ()).await
    }

    /// The failure of a command that ended with an exit code. Its message is the end of stderr.
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

#[cfg(test)]
mod tests;
