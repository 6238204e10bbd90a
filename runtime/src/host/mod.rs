//! What the host gives to an instance: a bounded memory, the time and the randomness of a moment, an environment, a
//! log, and streams.

pub(crate) mod absent;
pub(crate) mod command;
pub(crate) mod conversation;
pub(crate) mod interruption;
mod log_sink;
mod moment;
mod outbox;
pub(crate) mod random;
pub(crate) mod sandbox;
pub(crate) mod stdin;
mod stream;

pub use moment::Moment;
pub use sandbox::Variable;
