//! The forms of a source, and when each runs.

use serde_json::json;
use switchhook_runtime::Class;

use crate::{CALL_LIMITS, call, compile_failure, function, result_on};

#[tokio::test]
async fn every_form_gets_the_call() {
    for source in [
        "return 'hi ' .. call.name",
        "return 'hi ' .. (...).name",
        "#!/usr/bin/env lua\nreturn 'hi ' .. call.name",
        "\u{feff}return 'hi ' .. call.name",
        "function handler(call) return 'hi ' .. call.name end",
        "local function greet(name) return 'hi ' .. name end\nfunction handler(c) return greet(c.name) end",
        "return function (call) return 'hi ' .. call.name end",
        "local function answer(call) return 'hi ' .. call.name end\nreturn answer",
        "handler = function (call) return 'hi ' .. call.name end",
        "local function handler(call) return 'hi ' .. call.name end\nreturn handler(call)",
        "-- function handler(x)\nlocal s = [[ function handler(x) ]]\nreturn 'hi ' .. call.name",
        "if true then function handler(call) return 'hi ' .. call.name end end",
    ] {
        assert_eq!(
            result_on(source, r#"{"name": "Bob"}"#).await,
            json!("hi Bob"),
            "{source}"
        );
    }
}

#[tokio::test]
async fn a_definition_runs_once() {
    let source = "local made = {}\nfor i = 1, 20000 do made[i] = i end\nlocal calls = 0\n\
        function handler(call) calls = calls + 1 return {#made, calls} end";
    let defined = function(source).await;
    let body = function("local made = {}\nfor i = 1, 20000 do made[i] = i end\nreturn #made").await;
    let mut outcome = call(&defined, "{}", &[], &CALL_LIMITS).await;
    for _ in 0..2 {
        assert_eq!(outcome.result.unwrap().get(), "[20000,1]");
        outcome = call(&defined, "{}", &[], &CALL_LIMITS).await;
    }
    let each_time = call(&body, "{}", &[], &CALL_LIMITS).await;
    assert!(outcome.metrics.fuel * 100 < each_time.metrics.fuel);
}

#[tokio::test]
async fn what_differs_from_call_to_call_is_not_there_while_a_source_is_compiled() {
    for (line, message) in [
        (
            "local x = env.SECRET",
            "env is for calls: what is read here would be the same in all of them",
        ),
        (
            "for _ in pairs(env) do end",
            "env is for calls: what is read here would be the same in all of them",
        ),
        (
            "local x = math.random()",
            "math.random is for calls: here every call would get the same number",
        ),
    ] {
        let failure = compile_failure(&format!("function handler() end\n{line}")).await;
        assert_eq!(failure.class, Class::CompileError, "{line}");
        assert_eq!(failure.error.message, message, "{line}");
        assert_eq!(failure.error.line, Some(2), "{line}");
    }
    let source =
        "local then_ = os.time()\nmath.randomseed(then_)\nfunction handler() return then_ end";
    assert_eq!(result_on(source, "{}").await, json!(0));
}

#[tokio::test]
async fn a_definition_that_defines_nothing_does_not_compile() {
    let failure =
        compile_failure("do function handler() end end function handler() end handler = nil").await;
    assert_eq!(
        failure.error.message,
        "the source defines no global function `handler` after all"
    );
    let failure = compile_failure("function handler() end\nerror('no')").await;
    assert_eq!(
        (failure.class, failure.error.line),
        (Class::CompileError, Some(2))
    );
}
