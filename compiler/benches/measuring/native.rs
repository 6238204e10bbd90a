//! QuickJS without a sandbox, for comparison.

use rquickjs::{Context, Ctx, Function, Runtime, Value};

/// Boots an engine and runs `work` with its context. Functions in one context share everything, so their calls cost the
/// least.
pub(crate) fn in_new_engine(work: impl FnOnce(&Ctx)) {
    let runtime = Runtime::new().expect("QuickJS boots");
    let context = Context::full(&runtime).expect("QuickJS boots");
    context.with(|ctx| work(&ctx));
}

/// The function with the body `source`.
pub(crate) fn function<'js>(ctx: &Ctx<'js>, source: &str) -> Function<'js> {
    ctx.eval(format!("(function(call){{{source}}})"))
        .expect("the workload compiles")
}

/// Calls a function on JSON and returns its result as JSON.
pub(crate) fn call<'js>(ctx: &Ctx<'js>, function: &Function<'js>, input: &str) -> String {
    let call = ctx.json_parse(input).expect("the call is JSON");
    let result: Value = function.call((call,)).expect("the workload runs");
    let json = ctx
        .json_stringify(result)
        .expect("the result has a JSON form");
    json.and_then(|json| json.to_string().ok())
        .expect("the result has a JSON form")
}
