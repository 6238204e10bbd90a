//! Work of callers, without its types: the code that runs it is compiled once, and not once for each caller.

use std::any::Any;

use super::Session;
use crate::StoreError;

/// The result of some work.
pub(super) type Done = Box<dyn Any + Send>;

/// Work with a connection.
pub(super) type Work = Box<dyn FnOnce(&Session<'_>) -> Result<Done, StoreError> + Send>;

/// What follows a write that has taken effect.
pub(super) type After = Box<dyn FnOnce() + Send>;

/// Work without its types. [`typed`] gives the result its type back.
pub(super) fn untyped<T: Send + 'static>(
    work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Work {
    Box::new(|session| Ok(Box::new(work(session)?)))
}

/// The result of work that returns a `T`.
pub(super) fn typed<T: 'static>(done: Result<Done, StoreError>) -> Result<T, StoreError> {
    let done = done?.downcast();
    Ok(*done.expect("the work was made untyped beside this call, from a closure that returns a T"))
}
