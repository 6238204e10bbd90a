//! Limits of calls, and what exceeding them does.

use serde_json::json;
use switchhook_runtime::{Class, Limit, Limits};

use crate::{CALL_LIMITS, call, failure, function, lua, result, run};

#[tokio::test]
async fn loops_run_out_of_fuel() {
    for source in [
        "while true do end",
        "while true do pcall(error) end",
        "local function f() return f() end return f()",
        "return ('a'):rep(50):find(('a*'):rep(20) .. 'b')",
        "local co = coroutine.wrap(function () while true do coroutine.yield() end end) while true do co() end",
        "for _ in pairs(setmetatable({}, {__pairs = function () return function () return 1 end end})) do end",
    ] {
        let limits = Limits {
            fuel: 50_000_000,
            ..CALL_LIMITS
        };
        let outcome = call(&function(source).await, "{}", &[], &limits).await;
        assert_eq!(outcome.class(), Class::FuelExhausted, "{source}");
        assert_eq!(outcome.metrics.fuel, 50_000_000, "{source}");
        assert!(
            outcome.metrics.memory_bytes < 4 << 20,
            "{source}: {}",
            outcome.metrics.memory_bytes
        );
    }
}

#[tokio::test]
async fn memory_is_limited() {
    for source in [
        "local kept = {} while true do kept = {kept} end",
        "local text = 'x' while true do text = text .. text end",
        "return ('x'):rep(1 << 30)",
        "local kept = {} for i = 1, math.huge do kept[i] = i end",
        "local kept = {} while true do kept[#kept + 1] = coroutine.create(print) end",
        "local t = {} for i = 1, 26 do t = {t, t} end return t",
    ] {
        let limits = Limits {
            fuel: 10 * CALL_LIMITS.fuel,
            ..CALL_LIMITS
        };
        let outcome = call(&function(source).await, "{}", &[], &limits).await;
        let failure = outcome.result.unwrap_err();
        assert_eq!(failure.class, Class::MemoryLimit, "{source}");
        assert_eq!(failure.limit.unwrap().limit, Limit::MemoryBytes, "{source}");
    }
}

#[tokio::test]
async fn a_function_gets_over_a_lack_of_memory() {
    assert_eq!(
        result("local ok, e = pcall(string.rep, 'x', 1 << 30) return {ok, e}").await,
        json!([false, "not enough memory"])
    );
}

#[tokio::test]
async fn recursion_ends() {
    for (source, has_limit) in [
        (
            "local function f(n) return 1 + f(n + 1) end return f(0)",
            true,
        ),
        (
            "local t = setmetatable({}, {__index = function (t, k) return t[k] end}) return t.x",
            false,
        ),
        (
            "local function f(s) return (s:gsub('.', f)) end return f('x')",
            false,
        ),
        (
            "local function f() return coroutine.wrap(f)() end return f()",
            false,
        ),
        (
            "local t = setmetatable({}, {__tostring = function (t) return tostring(t) end}) return tostring(t)",
            false,
        ),
        (
            "local t = setmetatable({}, {__concat = function (a, b) return a .. b end}) return t .. t",
            false,
        ),
        (
            "local t = setmetatable({}, {__lt = function (a, b) return a < b end}) table.sort({t, t, t}) return 1",
            false,
        ),
        (
            "local function f(a, b) table.sort({1, 2, 3}, f) return a < b end return f(1, 2)",
            false,
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::StackOverflow, "{source}: {failure:?}");
        assert_eq!(failure.limit.is_some(), has_limit, "{source}");
    }
    let source = "local function f() return 1 + f() end local ok, e = pcall(f) return {ok, e}";
    assert_eq!(
        result(source).await,
        json!([false, "function.lua:1: stack overflow"])
    );
}

#[tokio::test]
async fn nested_source_is_refused() {
    for source in [
        format!("return {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        "do ".repeat(100_000),
        "{".repeat(100_000),
        format!("return {}1", "-".repeat(1000).replace('-', "- ")),
        format!("return {}", "function () return ".repeat(1000)),
    ] {
        let outcome = lua().await.compile(&source, &Limits::COMPILE).await;
        assert_eq!(outcome.class(), Class::CompileError, "{}", &source[..20]);
    }
}

#[tokio::test]
async fn results_are_limited() {
    let failure = failure("return ('x'):rep(1024 * 1024)").await;
    assert_eq!(failure.class, Class::OutputTooLarge);
}

/// The deepest nesting of C functions needs the Wasm stack and the guest's own. Lua's limit must be reached before
/// either ends.
#[tokio::test]
async fn the_most_calls_of_c_fit_on_the_stacks() {
    let source = "local deep = {} for _ = 1, 500 do deep = {deep} end
        local depth, encoded, formatted = 0, 0, 0
        local function deeper()
          depth = depth + 1
          if pcall(json.encode, deep) then encoded = encoded + 1 end
          if pcall(json.decode, ('['):rep(500) .. (']'):rep(500)) then formatted = formatted + 1 end
          string.format('%-99.99s', setmetatable({}, {__tostring = function ()
            return (('x'):gsub('x', function () table.sort({1, 2, 3}, function (a, b) deeper() return a < b end) end))
          end}))
        end
        local ok, e = pcall(deeper)
        return {depth, ok, e:match('C stack overflow'), encoded == depth, formatted == depth}";
    let outcome = run(source, "{}").await;
    assert_eq!(
        outcome.result.unwrap().get(),
        "[66,false,\"C stack overflow\",true,true]"
    );
}
