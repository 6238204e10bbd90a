//! `env` exists during a call, and in nothing that outlives the call.

use serde_json::json;

use crate::{compile_failure, function, result, result_in};

#[tokio::test]
async fn env_holds_the_variables_of_the_call() {
    let variables = [
        ("API", "https://example.com/?a=b"),
        ("EMPTY", ""),
        ("__proto__", "a name like others"),
        ("GREETING", "Grüß Gott 😀"),
    ];
    assert_eq!(
        result_in("return env", &variables).await,
        json!({"API": "https://example.com/?a=b", "EMPTY": "", "__proto__": "a name like others", "GREETING": "Grüß Gott 😀"})
    );
    assert_eq!(result_in("return env.API ?? null", &[]).await, json!(null));
}

#[tokio::test]
async fn env_is_an_object_like_others() {
    for (source, expected) in [
        ("return env === env", json!(true)),
        ("env.A = 2; return env", json!({"A": 2})),
        ("var env = 4; return env", json!(4)),
        ("env = 5; return env", json!(5)),
        ("env = 5; return globalThis.env", json!(5)),
        ("with ({}) { env = 5 } return env", json!(5)),
        ("with ({env: 1}) { env = 5 } return env", json!({"A": "1"})),
        ("'use strict'; env = 5; return env", json!(5)),
        ("return (0, eval)('var env = 5; env')", json!(5)),
        (
            "const before = env; env = 5; return before",
            json!({"A": "1"}),
        ),
        (
            "return Object.keys(globalThis).includes('env')",
            json!(false),
        ),
        ("return 'TZ' in env", json!(false)),
    ] {
        let result = result_in(source, &[("A", "1"), ("TZ", "Europe/Berlin")]).await;
        assert_eq!(result, expected, "{source}");
    }
}

#[tokio::test]
async fn a_snapshot_knows_nothing_of_the_environment() {
    let source = "export default () => env.SECRET";
    let before = function(source).await.to_bytes();
    assert_eq!(result_in(source, &[("SECRET", "s3cret")]).await, "s3cret");
    assert_eq!(result_in(source, &[("SECRET", "other")]).await, "other");
    assert_eq!(function(source).await.to_bytes(), before);
}

#[tokio::test]
async fn env_is_not_there_while_a_module_is_set_up() {
    let error = compile_failure("const key = env.KEY;\nexport default () => key")
        .await
        .error;
    assert!(
        error
            .message
            .starts_with("env cannot be used at the top level"),
        "{error}"
    );
    assert_eq!((error.line, error.column), (Some(1), Some(13)));
    assert_eq!(result("return typeof env").await, "object");
}
