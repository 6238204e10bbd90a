//! The TypeScript transform: oxc behind the Switchhook guest ABI.
//!
//! It runs no functions. Its `call` takes an author's source, as a JSON string, and answers with the JavaScript that
//! the JavaScript guest compiles, as another, which ends in a source map: that guest then reports errors in the author's own
//! lines. It is a guest because a parser of hostile text belongs into a sandbox: oxc's recurses as deep as brackets nest.

mod javascript;
mod mistake;
mod unsupported;

use std::borrow::Cow;

use switchhook_guest::{Engine, Failure, Status};

switchhook_guest::guest!(TypeScript);

struct TypeScript;

impl Engine for TypeScript {
    fn boot() {}

    /// A transform has nothing to keep from one source to the next.
    fn compile(_: &'static str) -> Result<(), Failure> {
        Ok(())
    }

    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure> {
        let source: String = serde_json::from_slice(&input).map_err(|error| {
            let message = format!("a source is a JSON string: {error}");
            Failure::new(Status::InvalidInput, "SyntaxError", message)
        })?;
        let javascript = javascript::of(&source)?;
        Ok(serde_json::Value::String(javascript).to_string().into())
    }
}
