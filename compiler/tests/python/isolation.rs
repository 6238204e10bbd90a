//! Nothing of another call, of the host or of the compilation reaches a call.

use serde_json::json;
use switchhook_runtime::{Call, Class, Moment};

use crate::{CALL_LIMITS, call, compile_failure, failure, function, result, result_at};

#[tokio::test]
async fn nothing_survives_a_call() {
    let source = "import json, sys\nseen = []\ndef handler(call):\n    first = not seen and not hasattr(json, 'mark') and 'mark' not in sys.modules\n    seen.append(1); json.mark = 1; sys.modules['mark'] = 1; __builtins__.mark = 1\n    return first";
    let function = function(source).await;
    for _ in 0..3 {
        let outcome = call(&function, Call::now("{}"), &CALL_LIMITS).await;
        assert_eq!(outcome.result.unwrap().get(), "true");
    }
}

#[tokio::test]
async fn random_numbers_are_the_calls() {
    for expression in [
        "random.random()",
        "random.randint(0, 10**9)",
        "random.Random().random()",
        "shared.random()",
        "random.choice(range(10**9))",
        "str(uuid.uuid4())",
        "secrets.token_hex(8)",
        "os.urandom(8).hex()",
        "random.SystemRandom().random()",
    ] {
        let source = format!(
            "import os, random, secrets, uuid\nshared = random.Random()\ndef handler(call):\n    return {expression}"
        );
        let function = function(&source).await;
        let mut results = Vec::new();
        for seed in [1, 2, 1] {
            let with = Call {
                moment: Moment {
                    seed: [seed; 32],
                    ..Moment::now()
                },
                ..Call::now("{}")
            };
            let outcome = call(&function, with, &CALL_LIMITS).await;
            results.push(outcome.result.unwrap().get().to_owned());
        }
        assert_eq!(results[0], results[2], "{expression}");
        assert_ne!(results[0], results[1], "{expression}");
    }
}

/// The same numbers as in CPython.
#[tokio::test]
async fn seeded_random_numbers_are_pythons() {
    let source = "import random\nr = random.Random(42)\nreturn [r.random(), r.randint(1, 6), r.getrandbits(40), random.Random('x').random()]";
    let expected = json!([
        0.639_426_798_457_883_7,
        1,
        303_832_645_883_u64,
        0.630_787_717_663_907_8
    ]);
    assert_eq!(result(source).await, expected);
    let source = "import random\nrandom.seed(7)\nstate = random.getstate()\na = random.random()\nrandom.setstate(state)\nreturn a == random.random()";
    assert_eq!(result(source).await, true);
}

#[tokio::test]
async fn what_comes_with_the_call_is_not_there_before() {
    for line in [
        "X = env['A']",
        "X = len(env)",
        "import random; X = random.random()",
        "import uuid; X = uuid.uuid4()",
        "import os; X = os.urandom(4)",
        "import os; X = os.environ['A']",
    ] {
        let source = format!("{line}\ndef handler(call):\n    return 1");
        let failure = compile_failure(&source).await;
        assert_eq!(failure.error.name, "RuntimeError", "{line}");
        assert!(
            failure
                .error
                .message
                .contains("while the function is compiled"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn the_environment_is_the_functions_own() {
    let variables = [("A", "1"), ("TZ", "Asia/Tokyo"), ("B", "é")];
    let source = "import os\nreturn [dict(env), env.get('C', 'none'), os.getenv('A'), 'TZ' in env, os.environ.get('HOME')]";
    let expected = json!([{"A": "1", "B": "é"}, "none", "1", false, null]);
    assert_eq!(result_at(source, 0, &variables).await, expected);
    assert_eq!(failure("return env['C']").await.error.name, "KeyError");
}

#[tokio::test]
async fn there_is_nothing_outside() {
    for source in [
        "return open('/etc/passwd').read()",
        "import socket\nreturn 1",
        "import subprocess\nreturn 1",
        "import os\nreturn os.listdir('/')",
        "import os\nreturn os.system('id')",
        "import ctypes\nreturn 1",
        "import posix\nreturn 1",
        "import threading\nreturn 1",
        "import time\ntime.sleep(1)\nreturn 1",
        "return input()",
        "import _io\nreturn _io.open('/etc/passwd').read()",
        "return __loader__.get_data('/etc/passwd')",
        "import importlib\nreturn importlib.import_module('subprocess')",
    ] {
        assert_eq!(failure(source).await.class, Class::Exception, "{source}");
    }
}
