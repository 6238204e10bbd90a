//! The jq guest: a function is a filter whose input is the call and whose first output is the flow.

mod mistake;

use std::{borrow::Cow, cell::OnceCell};

use jaq_core::{
    Compiler, Ctx, Filter, Vars,
    data::JustLut,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::{Val, read};
use switchhook_guest::{Engine, Failure, Status, without_half_pairs};

use crate::mistake::Mistakes;

struct Jq;

switchhook_guest::guest!(Jq);

thread_local! {
    static FILTER: OnceCell<Filter<JustLut<Val>>> = const { OnceCell::new() };
}

impl Engine for Jq {
    // The definitions of the standard library are part of each filter, so filters share nothing.
    fn boot() {}

    fn compile(source: &'static str) -> Result<(), Failure> {
        let filter = filter(source).map_err(|mistakes| mistakes.first(source))?;
        FILTER.with(|cell| cell.set(filter).ok());
        Ok(())
    }

    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure> {
        let no_json = |error: String| Failure::new(Status::InvalidInput, "Error", error);
        let input = String::from_utf8(input).map_err(|error| no_json(error.to_string()))?;
        let input = without_half_pairs(input);
        let input =
            read::parse_single(input.as_bytes()).map_err(|error| no_json(error.to_string()))?;
        FILTER.with(|cell| {
            let filter = cell.get().ok_or_else(Failure::nothing_compiled)?;
            let context = Ctx::<JustLut<Val>>::new(&filter.lut, Vars::new([]));
            let mut outputs = filter.id.run((context, input)).map(unwrap_valr);
            match outputs.next() {
                Some(Ok(flow)) => Ok(flow.to_string().into()),
                Some(Err(error)) => {
                    Err(Failure::new(Status::Exception, "Error", error.to_string()))
                }
                None => Err(Failure::new(
                    Status::ReturnedNothing,
                    "Error",
                    "the filter has no output",
                )),
            }
        })
    }
}

fn filter(source: &str) -> Result<Filter<JustLut<Val>>, Mistakes<'_>> {
    let definitions = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let functions = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    // Never freed: mistakes refer to pieces of the source.
    let arena: &'static Arena = Box::leak(Box::default());
    let file = File {
        code: source,
        path: (),
    };
    let modules = Loader::new(definitions)
        .load(arena, file)
        .map_err(Mistakes::parsing)?;
    Compiler::default()
        .with_funs(functions)
        .compile(modules)
        .map_err(Mistakes::compiling)
}
