//! The forms of a source, and what functions can do.

use serde_json::json;
use switchhook_runtime::{Call, Class, Level, LogRecord};

use crate::{compile_failure, result, result_on, run, text_of};

#[tokio::test]
async fn a_source_is_a_module_or_a_body() {
    for source in [
        "return call['a'] + 1",
        "if call:\n    return call['a'] + 1\n",
        "def add(x):\n    return x + 1\nreturn add(call['a'])",
        "def handler(call):\n    return call['a'] + 1",
        "handler = lambda call: call['a'] + 1",
        "ONE = 1\nclass Adder:\n    def __call__(self, call):\n        return call['a'] + ONE\nhandler = Adder()",
        "for n in (1,):\n    with __import__('contextlib').suppress(ValueError):\n        return call['a'] + n",
        "'''A docstring\nof two lines'''\nreturn call['a'] + 1",
        "import math; return call['a'] + math.floor(1.5)",
    ] {
        assert_eq!(result_on(source, r#"{"a": 1}"#).await, 2, "{source}");
    }
}

#[tokio::test]
async fn texts_of_several_lines_stay_what_they_are() {
    let source = "text = '''a\n  b\nc'''\nreturn text";
    assert_eq!(result(source).await, "a\n  b\nc");
}

#[tokio::test]
async fn without_anything_to_call_a_source_does_not_compile() {
    for source in [
        "",
        "x = 1",
        "class A:\n    pass",
        "def other(call):\n    return 1",
    ] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        let message = "there is nothing to call: define `def handler(call):`, or return a value";
        assert_eq!(failure.error.message, message, "{source}");
    }
    let message = compile_failure("handler = 1").await.error.message;
    assert_eq!(message, "`handler` is not a function");
}

#[tokio::test]
async fn a_module_runs_once() {
    let source = "import random\nprint('compiled')\nn = 0\ndef handler(call):\n    global n\n    n += 1\n    return n";
    let outcome = run(source, "{}").await;
    assert_eq!(outcome.result.unwrap().get(), "1");
    assert_eq!(outcome.logs.records, []);
}

#[tokio::test]
async fn output_is_logged_by_level() {
    let source = r#"
import logging, sys, warnings
print("a", 1, [2.5], sep="-")
print("half", end="")
print("to", "stderr", file=sys.stderr)
sys.stdout.write("written\n")
log.debug("d")
log.info("i", {"x": 1})
log.warn("w")
log.error("e")
logging.getLogger("net").warning("%s of %d", "one", 2)
try:
    1 / 0
except ZeroDivisionError:
    logging.exception("caught")
return 1
"#;
    let record = |level, message: &str| LogRecord {
        level,
        message: message.to_owned(),
    };
    let expected = [
        record(Level::Log, "a-1-[2.5]"),
        record(Level::Log, "half"),
        record(Level::Error, "to stderr"),
        record(Level::Log, "written"),
        record(Level::Debug, "d"),
        record(Level::Info, "i {'x': 1}"),
        record(Level::Warn, "w"),
        record(Level::Error, "e"),
        record(Level::Warn, "net: one of 2"),
        record(Level::Error, "caught\nZeroDivisionError: division by zero"),
    ];
    assert_eq!(run(source, "{}").await.logs.records, expected);
}

#[tokio::test]
async fn integers_and_fractions_are_exact() {
    // The same digits as in CPython.
    for (source, expected) in [
        (
            "return (-7) // 2, (-7) % 2, 7 // -2, 7 % -2, divmod(-7, 3)",
            "[-4,1,-4,-1,[-3,2]]",
        ),
        (
            "return 3 ** 100",
            "515377520732011331036461129765621272702107522001",
        ),
        (
            "return pow(3, 1000, 7), pow(3, -1, 7), -(10**30) // 7",
            "[4,5,-142857142857142857142857142858]",
        ),
        (
            "return (10**30) / 3, 1 / 3, (2**60 + 1) / 2**60, -(10**25) / 10**24",
            "[3.333333333333333e29,0.3333333333333333,1.0,-10.0]",
        ),
        ("return 10**400 / 10**399, 7 / 10**400", "[10.0,0.0]"),
        (
            "return (0.75).as_integer_ratio(), (5e-324).as_integer_ratio()[1].bit_length(), (-2.5).as_integer_ratio()",
            "[[3,4],1075,[-5,2]]",
        ),
        (
            "return 5 & -2, 5 | -8, 5 ^ -1, ~5, -5 >> 1, 1 << 70 >> 69",
            "[4,-3,-6,-6,-3,2]",
        ),
        (
            "return int('ff', 16), hex(255), int('-12'), bin(-5), int(1e20)",
            r#"[255,"0xff",-12,"-0b101",100000000000000000000]"#,
        ),
        (
            "import math\nreturn math.factorial(20), math.gcd(12, 18), math.isqrt(10**20), math.comb(5, 2)",
            "[2432902008176640000,6,10000000000,10]",
        ),
        (
            "return (10**20).bit_length(), int.from_bytes(b'\\xff\\x00', 'big'), (-2).to_bytes(2, 'big', signed=True).hex()",
            r#"[67,65280,"fffe"]"#,
        ),
    ] {
        assert_eq!(text_of(source, Call::now("{}")).await, expected, "{source}");
    }
}

#[tokio::test]
async fn modern_syntax_works() {
    let source = r#"
match call:
    case {"kind": "a", "n": int(n)} if n > 1:
        chosen = n
    case _:
        chosen = None
if (doubled := chosen * 2) and f"{doubled=!r:>4}" == "doubled=   6":
    squares = [x * x for x in range(3)]
    def gen():
        yield from squares
    first, *rest = gen()
    return {"rest": rest, **{"first": first}}
"#;
    let result = result_on(source, r#"{"kind": "a", "n": 3}"#).await;
    assert_eq!(result, json!({"rest": [1, 4], "first": 0}));
}

/// Its body is compiled once for each way out of the `try`.
#[tokio::test]
async fn a_finally_can_have_functions_of_its_own() {
    let source = r#"
def leave(how):
    seen = []
    for n in range(2):
        try:
            if how == "return":
                return seen
            if how == "break":
                break
            before = (lambda: "before")()
            if how == "continue":
                continue
            1 / 0
        except ZeroDivisionError:
            seen.append([(lambda: "except")() for _ in "x"])
        finally:
            seen.append((lambda: n)())
            seen.append([(lambda: n + x)() for x in [1, 2]])
            seen.append(list(f"{x}" for x in range(n)))
            def named(): return "named"
            seen.append(named())
        after = (lambda: "after")()
        seen.append(after)
    return seen
return [leave(how) for how in ("return", "break", "continue", "")]
"#;
    let first = json!([0, [1, 2], [], "named"]);
    let second = json!([1, [2, 3], ["0"], "named"]);
    let then = |rest: &serde_json::Value| rest.as_array().cloned().unwrap_or_default();
    let both = [then(&first), then(&second)].concat();
    let caught = json!(["except"]);
    let all = [
        vec![caught.clone()],
        then(&first),
        vec![json!("after"), caught],
        then(&second),
        vec![json!("after")],
    ]
    .concat();
    assert_eq!(result(source).await, json!([first, first, both, all]));
}

#[tokio::test]
async fn every_class_has_a_name() {
    let source = "names = [c.__name__ for c in object.__subclasses__()]\nreturn ['int' in names, all(isinstance(name, str) for name in names)]";
    assert_eq!(result(source).await, json!([true, true]));
}
