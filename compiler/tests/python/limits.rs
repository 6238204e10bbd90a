//! Hostile functions end by a limit, and the host continues.

use switchhook_runtime::{Class, Limits};

use crate::{CALL_LIMITS, call, compile, compile_failure, failure, function, result, run};

#[tokio::test]
async fn what_never_ends_runs_out_of_fuel() {
    for source in [
        "while True:\n    pass\nreturn 1",
        "import itertools\nfor _ in itertools.count():\n    pass\nreturn 1",
        "import re\nreturn bool(re.match('(a+)+$', 'a' * 40 + 'b'))",
        "return sum(range(10**9))",
        "return 10 ** 10 ** 6 % 7 + len(str(7 ** 10 ** 6))",
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\nreturn 1",
        "def g():\n    while True:\n        yield 1\nreturn max(g())",
    ] {
        assert_eq!(
            failure(source).await.class,
            Class::FuelExhausted,
            "{source}"
        );
    }
}

#[tokio::test]
async fn what_wants_all_memory_is_refused() {
    for source in [
        "x = []\nwhile True:\n    x.append(bytearray(100_000))\nreturn 1",
        "return len('x' * 10**9)",
        "x = 'x'\nwhile True:\n    x += x\nreturn 1",
        "return len([0] * 10**8)",
        "x = {}\nwhile True:\n    x[len(x)] = str(len(x)) * 100\nreturn 1",
        "return 1 << 10**9",
        "return f'{1:>{10**9}}'",
    ] {
        assert_eq!(failure(source).await.class, Class::MemoryLimit, "{source}");
    }
}

#[tokio::test]
async fn a_call_has_at_least_16_mib_for_itself() {
    let source = "return len(bytearray(16 * 1024 * 1024))";
    assert_eq!(result(source).await, 16 * 1024 * 1024);
}

/// Each object counts as a reference to its type, and each type as one to the same constant.
#[tokio::test]
async fn a_type_can_have_many_objects() {
    let source = "x = []\nfor n in range(40_000):\n    x.append((n,))\nreturn len(x)";
    assert_eq!(result(source).await, 40_000);
    let source = "x = object()\nreturn len([x] * 200_000)";
    assert_eq!(result(source).await, 200_000);
    let source = "def g():\n    for _ in range(100_000):\n        yield 1\nreturn max(g())";
    assert_eq!(result(source).await, 1);
}

#[tokio::test]
async fn what_is_too_large_for_any_memory_is_an_error_of_python() {
    for source in [
        "return 'x' * 10**18",
        "return [0] * 2**62",
        "return bytes(2**62)",
    ] {
        let class = failure(source).await.class;
        assert!(
            matches!(class, Class::Exception | Class::MemoryLimit),
            "{source}: {class:?}"
        );
    }
}

#[tokio::test]
async fn recursion_is_an_error_that_can_be_caught() {
    for source in [
        "def f(n):\n    return f(n + 1) + 1\nreturn f(0)",
        "class A:\n    def __getattr__(self, name):\n        return getattr(self, name + 'x')\nreturn A().a",
        "class A:\n    def __repr__(self):\n        return repr(self)\nreturn repr(A())",
        "class A:\n    def __eq__(self, other):\n        return self == other\nreturn A() == A()",
        "f = lambda x: sorted([1, 2], key=f)\nreturn f(1)",
    ] {
        let failed = failure(source).await;
        assert_eq!(failed.class, Class::StackOverflow, "{source}");
        assert_eq!(failed.error.name, "RecursionError", "{source}");
    }
    let source = "def f(n):\n    return f(n + 1) + 1\ntry:\n    return f(0)\nexcept RecursionError:\n    return 'caught'";
    assert_eq!(result(source).await, "caught");
    let source = "def f(n):\n    return n and f(n - 1) + 1\nreturn f(900)";
    assert_eq!(result(source).await, 900);
}

#[tokio::test]
async fn deeply_nested_sources_are_errors() {
    let deep = |open: &str, close: &str| {
        format!("return {}1{}", open.repeat(100_000), close.repeat(100_000))
    };
    for source in [
        deep("(", ")"),
        deep("[", "]"),
        deep("{1:", "}"),
        deep("-", ""),
        deep("not ", ""),
        deep("f(", ")"),
        deep("lambda: ", ""),
        format!("return x{}", ".x".repeat(100_000)),
        format!("return 1{}", "+1".repeat(100_000)),
        format!("return 1{}", " if 1 else 1".repeat(50_000)),
    ] {
        let failure = compile_failure(&source).await;
        let class = failure.class;
        assert!(
            matches!(class, Class::CompileError | Class::StackOverflow),
            "{source:.30}: {class:?}"
        );
    }
    // The host continues.
    assert_eq!(result("return 1").await, 1);
}

#[tokio::test]
async fn deep_values_do_no_harm() {
    for source in [
        "x = []\nfor _ in range(100_000):\n    x = [x]\nreturn 1",
        "x = []\nfor _ in range(100_000):\n    x = [x]\nreturn len(repr(x))",
        "x = []\nfor _ in range(100_000):\n    x = [x]\nreturn x == x[0]",
        "x = ()\nfor _ in range(100_000):\n    x = (x,)\nreturn hash(x)",
        "import json\nreturn json.loads('[' * 100_000)",
        "return eval('(' * 100_000)",
        "import re\nreturn re.compile('(' * 50_000 + ')' * 50_000)",
        "def f():\n    try:\n        f()\n    finally:\n        f()\nf()\nreturn 1",
    ] {
        let outcome = run(source, "{}").await;
        let class = outcome.class();
        let bounded = [
            Class::Ok,
            Class::StackOverflow,
            Class::FuelExhausted,
            Class::Exception,
            Class::InvalidResult,
            Class::MemoryLimit,
        ];
        assert!(bounded.contains(&class), "{source}: {class:?}");
    }
    assert_eq!(result("return 1").await, 1);
}

#[tokio::test]
async fn a_hostile_module_is_held_to_the_limits_of_a_compilation() {
    for (source, class) in [
        (
            "while True:\n    pass\ndef handler(call):\n    return 1",
            Class::FuelExhausted,
        ),
        (
            "x = 'x' * 10**9\ndef handler(call):\n    return 1",
            Class::MemoryLimit,
        ),
    ] {
        assert_eq!(compile(source).await.class(), class, "{source}");
    }
}

#[tokio::test]
async fn equal_calls_take_equal_fuel() {
    let source = "import json, re, random\ndef handler(call):\n    return [json.loads('{\"a\": [1.5]}'), re.sub('a+', 'b', 'caat'), sorted({'x', 'y', 'zz'}, key=hash), random.Random(1).random()]";
    let function = function(source).await;
    let again = self::function(source).await;
    assert_eq!(function.to_bytes(), again.to_bytes());
    let moment = switchhook_runtime::Moment::now();
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        let with = switchhook_runtime::Call {
            moment,
            ..switchhook_runtime::Call::now("{}")
        };
        let outcome = call(&function, with, &CALL_LIMITS).await;
        outcomes.push((outcome.metrics.fuel, outcome.result.unwrap().to_string()));
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[1], outcomes[2]);
}

#[tokio::test]
async fn a_small_function_takes_little_fuel() {
    let source = "return {'module': 'tts', 'data': {'text': 'Thanks for calling us, ' + (call.get('Caller-ID-Name') or 'friend')}}";
    let input = include_str!("../../../tests/workloads/call.json");
    let outcome = run(source, input).await;
    assert!(outcome.metrics.fuel < 300_000, "{}", outcome.metrics.fuel);
    assert!(outcome.metrics.memory_bytes < Limits::CALL.memory_bytes / 2);
}
