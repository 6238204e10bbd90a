//! Lua 5.4's libraries, as far as they exist here, work as the manual says.

use serde_json::{Value, json};

use crate::{result, result_on, text};

#[tokio::test]
async fn the_language_is_lua_5_4() {
    for (source, expected) in [
        ("return _VERSION", json!("Lua 5.4")),
        (
            "local x <const> = 7 return {x // 2, x / 2, x % -4, 2^10, 7 & 3, 1 << 62, ~0}",
            json!([3, 3.5, -1, 1024, 3, 1_i64 << 62, -1]),
        ),
        ("goto done do return 1 end ::done:: return 2", json!(2)),
        (
            "local log = json.array() do local x <close> = setmetatable({}, {__close = function () log[1] = 'closed' end}) end return log",
            json!(["closed"]),
        ),
        ("return math.maxinteger + 1 == math.mininteger", json!(true)),
        (
            "return {10 == 10.0, '10' + 5, 10 .. 20, 3 | 0}",
            json!([true, 15, "1020", 3]),
        ),
        (
            "return select('#', table.unpack({1, nil, 3}, 1, 3))",
            json!(3),
        ),
        (
            "return {load('return 1 + 1')(), load('return x', 'c', 't', {x = 5})()}",
            json!([2, 5]),
        ),
        (
            "return {tostring(1e15), tostring(2^63), tostring(-0.0), tostring(1e100)}",
            json!(["1e+15", "9.2233720368548e+18", "-0.0", "1e+100"]),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

#[tokio::test]
async fn libraries_work() {
    for (source, expected) in [
        (
            "return {('%5.2f|%-4d|%q|%s|%x'):format(3.14159, 7, 'a\\n', {} ~= nil, 255)}",
            json!([" 3.14|7   |\"a\\\n\"|true|ff"]),
        ),
        (
            "return {('k=v; a=b'):gsub('(%w+)=(%w+)', '%2=%1')}",
            json!(["v=k; b=a", 2]),
        ),
        (
            "local all = {} for digits in ('+1 415-555'):gmatch('%d+') do all[#all + 1] = digits end return all",
            json!(["1", "415", "555"]),
        ),
        (
            "return {string.unpack('<i4z', string.pack('<i4z', -2, 'ab'))}",
            json!([-2, "ab", 8]),
        ),
        (
            "local t = {3, 1, 2} table.sort(t, function (a, b) return a > b end) return {t, table.concat(t, '-'), table.remove(t)}",
            json!([[3, 2], "3-2-1", 1]),
        ),
        (
            "return {utf8.len('é漢😀'), utf8.char(233, 0x6f22), utf8.codepoint('😀'), #utf8.charpattern}",
            json!([3, "é漢", 0x1f600, 14]),
        ),
        (
            "return {math.floor(-1.5), math.tointeger(3.0), math.abs(-2), math.max(1, 5), math.fmod(7, 3), math.ult(1, -1)}",
            json!([-2, 3, 2, 5, 1, true]),
        ),
        (
            "local co = coroutine.wrap(function (a) local b = coroutine.yield(a + 1) return a + b end) return {co(1), co(10)}",
            json!([2, 11]),
        ),
        (
            "local co = coroutine.create(function () error('x') end) return {coroutine.resume(co)}",
            json!([false, "function.lua:1: x"]),
        ),
        (
            "local ok, e = xpcall(function () error('deep', 0) end, function (e) return 'handled ' .. e end) return {ok, e}",
            json!([false, "handled deep"]),
        ),
        (
            "return {pcall(error, {code = 1})}",
            json!([false, {"code": 1}]),
        ),
        (
            "local ok, trace = pcall(debug.traceback, 'here') return trace:match('^[^\\n]+')",
            json!("here"),
        ),
        (
            "collectgarbage() collectgarbage('generational') collectgarbage('incremental') return collectgarbage('count') > 0",
            json!(true),
        ),
        (
            "local weak = setmetatable({{}}, {__mode = 'v'}) collectgarbage() return #weak",
            json!(0),
        ),
        (
            "return {type(print), type(nil), type(json.null)}",
            json!(["function", "nil", "userdata"]),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

/// Collected memory is used again: this makes 100 MB of garbage.
#[tokio::test]
async fn garbage_is_collected() {
    let source = "local text, kept = ('x'):rep(10000), {}
        for i = 1, 10000 do kept[i % 10 + 1] = text .. i end return #kept";
    assert_eq!(result(source).await, json!(10));
}

#[tokio::test]
async fn sorting_takes_any_order() {
    let numbers: Vec<i64> = (0..500).map(|at| at * 7919 % 500).collect();
    let sorted: Value = (0..500).collect();
    let input = serde_json::to_string(&numbers).unwrap();
    assert_eq!(
        result_on("table.sort(call) return call", &input).await,
        sorted
    );
    let source = "return {pcall(table.sort, {3, 1, 2, 5, 4}, function () return true end)}";
    assert!(
        text(source)
            .await
            .contains("invalid order function for sorting")
    );
}
