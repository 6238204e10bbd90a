//! With the same moment and environment, a call has the same result and the same fuel.

use std::time::Duration;

use switchhook_runtime::{Call, Moment};

use crate::{CALL_LIMITS, compile, function, javascript};

/// Uses everything that a call can get from outside.
const SOURCE: &str = "const a = [Date.now(), new Date().toString(), Math.random(), Math.random()];\n\
                      a.push(env.A, call.b, [3, 1, 2].sort(() => Math.random() - 0.5), Date.now());\n\
                      console.log(a); return a";

#[tokio::test]
async fn a_call_can_be_repeated() {
    let function = function(SOURCE).await;
    let guest = javascript().await;
    let moment = |clock, seed| Moment {
        clock: Duration::from_millis(clock),
        seed: [seed; 32],
    };
    let run = async |moment: Moment| {
        let call = Call {
            input: r#"{"b": [1.5, null]}"#,
            moment,
            environment: [("A".into(), "x".into()), ("TZ".into(), "Asia/Tokyo".into())].into(),
        };
        let outcome = guest.call(&function, call, &CALL_LIMITS).await;
        let outcome = outcome.expect("the snapshot is of this guest");
        let result = outcome.result.expect("the function returns");
        (result.get().to_owned(), outcome.logs, outcome.metrics.fuel)
    };
    let first = run(moment(1_732_345_475_123, 1)).await;
    assert!(
        first
            .0
            .starts_with(r#"[1732345475123,"Sat Nov 23 2024 16:04:35 GMT+0900"#),
        "{}",
        first.0
    );
    for _ in 0..5 {
        assert_eq!(run(moment(1_732_345_475_123, 1)).await, first);
    }
    assert_ne!(run(moment(1_732_345_475_123, 2)).await.0, first.0);
    assert_ne!(run(moment(1_732_345_475_124, 1)).await.0, first.0);
}

#[tokio::test]
async fn a_source_always_gives_the_same_snapshot() {
    for source in [SOURCE, "const now = Date.now();\nexport default () => now"] {
        let first = compile(source).await;
        let second = compile(source).await;
        assert_eq!(first.metrics.fuel, second.metrics.fuel);
        let bytes = |outcome: switchhook_runtime::Outcome<switchhook_runtime::Snapshot>| {
            outcome.result.expect("the source compiles").to_bytes()
        };
        assert_eq!(bytes(first), bytes(second), "{source}");
    }
}
