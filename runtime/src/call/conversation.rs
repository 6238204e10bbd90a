//! Programs that go on: an instance reads lines and writes lines for as long as there are any. Each line comes with new fuel, a new time
//! limit and the time of day.

use std::{
    io::{BufRead, Write},
    task::Poll,
};

use super::instance::Running;
use crate::{
    Failure, Guest, Limits, Moment,
    host::{
        conversation::{Conversation, Turn},
        sandbox::Sandbox,
    },
};

impl Guest {
    /// Runs a program of the guest's language until it ends, and returns the text it ends with. Its stdin and stdout are
    /// the streams given; what it writes reaches `output` when it asks for the next line, or ends.
    ///
    /// The limits of fuel, wall clock, input and output are for each line. Of what a failed program wrote, the whole lines
    /// have reached `output`.
    ///
    /// The thread it runs on is blocked while it waits for a line.
    ///
    /// # Errors
    /// The [`Failure`] that ended it.
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
        let turn = Turn::new();
        let conversation =
            Conversation::new(Box::new(input), Box::new(output), turn.clone(), limits);
        let sandbox = Sandbox::new(limits, Moment::now(), [].into()).in_conversation(conversation);
        let mut instance = Running::start(guest, sandbox, limits, None).await?;
        let ended = {
            let mut program = Box::pin(instance.enter(serve, program.as_bytes(), limits));
            // The guest gives up its turn after every bit of work, so this looks at the clock often.
            std::future::poll_fn(|context| match turn.overdue(limits) {
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
