//! Mistakes in a filter, with their places.

use jaq_core::{
    compile,
    load::{self, Error, span},
};
use switchhook_guest::{Failure, Status, place};

/// Messages, each with the piece of the source that it is about.
pub struct Mistakes<'s>(Vec<(String, &'s str)>);

impl<'s> Mistakes<'s> {
    pub fn parsing(errors: load::Errors<&'s str, ()>) -> Self {
        let errors = errors.into_iter().flat_map(|(_, error)| match error {
            Error::Io(files) => files
                .into_iter()
                .map(|(name, _)| ("functions cannot import".to_owned(), name))
                .collect::<Vec<_>>(),
            Error::Lex(errors) => errors
                .into_iter()
                .map(|(expected, found)| (format!("expected {}", expected.as_str()), found))
                .collect(),
            Error::Parse(errors) => errors
                .into_iter()
                .map(|(expected, found)| (format!("expected {}", expected.as_str()), found))
                .collect(),
        });
        Self(errors.collect())
    }

    pub fn compiling(errors: compile::Errors<&'s str, ()>) -> Self {
        let errors = errors.into_iter().flat_map(|(_, errors)| errors);
        let message = |(name, kind): (&'s str, compile::Undefined)| {
            (format!("undefined {} {name}", kind.as_str()), name)
        };
        Self(errors.map(message).collect())
    }

    /// The first mistake, as a failure.
    pub fn first(self, source: &str) -> Failure {
        let Some((message, piece)) = self.0.into_iter().next() else {
            return Failure::new(Status::CompileError, "SyntaxError", "it does not compile");
        };
        let place = place::at_byte(source, span(source, piece).start);
        Failure::new(Status::CompileError, "SyntaxError", message).at(place, source)
    }
}
