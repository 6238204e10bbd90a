//! Lua's stack moves when it grows or shrinks. The interpreter asks where the stack is only after what can move it, so a function has
//! to find its values again after each of these.

use serde_json::json;

use crate::result_on;

/// Runs each expression in a coroutine of its own, whose stack is small and moves within the expression. Returns all that an
/// expression gives, between two variables that were there before.
const EXPRESSIONS: &str = "
local function deep(n) if n == 0 then return 1 end return (deep(n - 1)) end
local function moved()
  deep(500)
  -- What the stack has left is used for something else.
  local made = {}
  for at = 1, 200 do made[at] = ('x'):rep(at) end
end
local function grown(value) return function () moved() return value end end
local object = setmetatable({}, {
  __index = grown('i'), __newindex = grown(), __call = grown('c'), __concat = grown('t'), __len = grown(7), __close = grown(),
  __eq = grown(true), __lt = grown(true), __le = grown(true), __unm = grown(1), __bnot = grown(2),
  __add = grown(3), __sub = grown(4), __mul = grown(5), __div = grown(6), __mod = grown(7), __pow = grown(8), __idiv = grown(9),
  __band = grown(10), __bor = grown(11), __bxor = grown(12), __shl = grown(13), __shr = grown(14),
})
local others = setmetatable({}, getmetatable(object))
local methods = setmetatable({}, {__index = grown(function () return 'm' end)})
local many = table.pack(('x'):rep(300):byte(1, -1))
local environment = {deep = deep, moved = moved, object = object, others = others, methods = methods, many = many, table = table, select = select,
  setmetatable = setmetatable, collectgarbage = collectgarbage}
local results = {}
for at, expression in ipairs(call) do
  local source = 'local before = \"<\" local result = ' .. expression .. ' local after = \">\" return before, result, after'
  local run = assert(load(source, 'test', 't', setmetatable(environment, {__index = grown('g'), __newindex = grown()})))
  local ok, before, result, after = coroutine.resume(coroutine.create(run))
  results[at] = table.concat({tostring(before), tostring(result), tostring(after)}, ' ')
end
return results";

#[tokio::test]
async fn values_are_found_again_after_the_stack_has_moved() {
    let expected = [
        ("deep(500)", "1"),
        ("object.field", "i"),
        ("object[1]", "i"),
        ("object[before]", "i"),
        ("methods:any()", "m"),
        ("absent", "g"),
        ("object()", "c"),
        ("(function () return object() end)()", "c"),
        ("(function () return (object()) end)()", "c"),
        ("before .. object", "t"),
        ("object .. before .. before", "t"),
        ("#object", "7"),
        ("-object", "1"),
        ("~object", "2"),
        ("object == others", "true"),
        ("object ~= others", "false"),
        ("object < others", "true"),
        ("object < 1", "true"),
        ("1 < object", "true"),
        ("object <= others", "true"),
        ("object >= 1.0", "true"),
        ("object < others and before", "<"),
        ("object == others and before or 1", "<"),
        ("object + others", "3"),
        ("object + 1", "3"),
        ("1 + object", "3"),
        ("object - 1.5", "4"),
        ("object * 2", "5"),
        ("object / 2", "6"),
        ("object % 2", "7"),
        ("object ^ 2", "8"),
        ("object // 2", "9"),
        ("object & 1", "10"),
        ("object | others", "11"),
        ("object ~ 1", "12"),
        ("object << 1", "13"),
        ("1 << object", "13"),
        ("object >> 1", "14"),
        (
            "(function (...) return select('#', ...) end)(table.unpack(many))",
            "300",
        ),
        ("#{table.unpack(many)}", "300"),
        (
            "(function (...) local a, b = ... return a + b + #{...} end)(table.unpack(many))",
            "540",
        ),
        ("2 do local closed <close> = object end", "2"),
        (
            "(function () local closed <close> = object return before end)()",
            "<",
        ),
        ("2 object.field = before", "2"),
        ("2 object[1] = before", "2"),
        ("2 absent = before", "2"),
        (
            "0 for at in function (_, at) moved() return (at or 0) < 3 and (at or 0) + 1 or nil end do result = result + at end",
            "6",
        ),
        (
            "0 for at in setmetatable({}, {__call = function (_, _, at) moved() return not at and 9 or nil end}) do result = result + at end",
            "9",
        ),
        (
            "0 for at = 1, 4 do result = result + deep(at * 500) + at end",
            "14",
        ),
        // The collector makes a large stack small again, while tables are made.
        (
            "deep(20000) for at = 1, 3000 do local made = {at} result = made[1] end",
            "3000",
        ),
        (
            "deep(20000) for at = 1, 3000 do local made = before .. at result = #made end",
            "5",
        ),
        (
            "deep(20000) for at = 1, 3000 do local made = function () return at end result = made() end",
            "3000",
        ),
        ("deep(20000) collectgarbage() result = result + 1", "2"),
    ];
    let sources = json!(expected.map(|(source, _)| source).as_slice()).to_string();
    let found = result_on(EXPRESSIONS, &sources).await;
    let found: Vec<_> = found.as_array().unwrap().iter().zip(expected).collect();
    assert_eq!(found.len(), expected.len());
    for (found, (source, value)) in found {
        assert_eq!(found, &json!(format!("< {value} >")), "{source}");
    }
}
