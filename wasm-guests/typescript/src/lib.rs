//! The TypeScript transform: oxc behind the Switchhook guest ABI.
//!
//! It runs no functions. Its `call` takes an author's source as a JSON string and returns, as another JSON string,
//! JavaScript for the JavaScript guest. That text ends in a source map, with which the JavaScript guest reports errors
//! in the author's own lines. The transform is a guest because a parser of hostile text belongs in a sandbox: oxc's
//! parser recurses as deep as brackets nest.

mod javascript;
mod mistake;
mod unsupported;

use std::borrow::Cow;

use switchhook_guest::{Engine, Failure, Status};

switchhook_guest::guest!(TypeScript);

struct TypeScript;

impl Engine for TypeScript {
    fn boot() {}

    /// A transform keeps nothing between sources.
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
