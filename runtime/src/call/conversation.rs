//! Conversations: a program reads lines and writes lines as long as there are any. For each line, fuel, time limit and
//! clock are set anew.

use std::{
    io::{BufRead, Write},
    task::Poll,
};

use super::instance::Running;
use crate::{
    Failure, Guest, Limits, Moment,
    host::{
        conversation::{Conversation, LineTimer},
        sandbox::Sandbox,
    },
};

impl Guest {
    /// Runs a program of the guest's language until it ends, and returns the text that it returns. Its stdin and stdout
    /// are the given streams. What it writes reaches `output` when it asks for the next line, or ends.
    ///
    /// The limits of fuel, wall clock, input and output apply to each line. If the program fails, the complete lines
    /// that it wrote have reached `output`.
    ///
    /// The call blocks its thread while it waits for a line.
    ///
    /// # Errors
    /// The [`Failure`] that ended the program.
    pub async fn converse(
        &self,
        program: &str,
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
        limits: &Limits,
    ) -> Result<String, Failure> {
        let guest = self.inner();
        let Some(serve) = guest.exports.abi().and_then(|abi| abi.serve.as_ref()) else {
            return Err(Failure::internal("the guest runs no programs"));
        };
        let timer = LineTimer::new();
        let conversation =
            Conversation::new(Box::new(input), Box::new(output), timer.clone(), limits);
        let sandbox = Sandbox::new(limits, Moment::now(), [].into()).in_conversation(conversation);
        let mut instance = Running::start(guest, sandbox, limits, None).await?;
        let ended = {
            let mut program = Box::pin(instance.enter(serve, program.as_bytes(), limits));
            // The guest yields often, so the time limit is checked often.
            std::future::poll_fn(|context| match timer.overdue(limits) {
                Some(late) => Poll::Ready(Err(late)),
                None => program.as_mut().poll(context),
            })
            .await
        };
        let conversation = instance.store.data_mut().conversation.as_mut();
        let flushed = match conversation {
            Some(conversation) => conversation.send(),
            None => Ok(()),
        };
        let ended = ended?;
        flushed.map_err(|error| Failure::internal(format!("cannot write: {error}")))?;
        Ok(ended)
    }
}
