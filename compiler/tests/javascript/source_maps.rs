//! If a source ends in a source map, errors name places in the files that its author wrote.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use switchhook_runtime::{Call, Class, FunctionError};

use crate::{
    CALL_LIMITS, call, compile_failure, failure, function, javascript, result, result_on, run,
};

/// Two files, joined by esbuild 0.28: `main.ts`, which exports the function, calls `route` in `routes.ts`.
const BUNDLES: [&str; 2] = [
    include_str!("bundles/bundled.js"),
    include_str!("bundles/minified.js"),
];

/// A source with a map at its end.
fn mapped(text: &str, map: &Value) -> String {
    with_comment(text, &STANDARD.encode(map.to_string()))
}

fn with_comment(text: &str, base64: &str) -> String {
    format!("{text}\n//# sourceMappingURL=data:application/json;base64,{base64}\n")
}

fn place(error: &FunctionError) -> (Option<u32>, Option<u32>) {
    (error.line, error.column)
}

#[tokio::test]
async fn errors_of_a_bundle_name_its_files() {
    for bundle in BUNDLES {
        let function = function(bundle).await;
        let called = call(&function, r#"{"To-User": "+1415"}"#, &CALL_LIMITS).await;
        assert_eq!(called.class(), Class::Ok);

        let outcome = call(&function, r#"{"To-User": "+49"}"#, &CALL_LIMITS).await;
        let error = outcome.result.unwrap_err().error;
        assert_eq!(error.to_string(), "RangeError: é😀: no route to +49");
        assert_eq!(place(&error), (Some(6), Some(45)));
        assert_eq!(
            error.frame,
            "6 |   const 名 = 'é😀'; if (!table[to]) throw new RangeError(`${名}: no route to ${to}`);\n  \
               |                                             ^"
        );
        let frames: Vec<_> = error.stack.lines().collect();
        assert!(frames[0].ends_with(" (routes.ts:6:45)"), "{frames:?}");
        assert!(frames[1].ends_with(" (main.ts:8:40)"), "{frames:?}");
    }
}

#[tokio::test]
async fn a_map_changes_nothing_of_a_call_that_goes_well() {
    let call = Call::now(r#"{"To-User": "+1415"}"#);
    let mut fuel = Vec::new();
    for bundle in BUNDLES {
        let (without, _) = bundle.split_once("//# source").unwrap();
        for source in [bundle, without] {
            let function = function(source).await;
            let guest = javascript().await;
            let outcome = guest.call(&function, call.clone(), &CALL_LIMITS).await;
            fuel.push(outcome.unwrap().metrics.fuel);
        }
    }
    assert_eq!(fuel[0], fuel[1]);
    assert_eq!(fuel[2], fuel[3]);
}

/// A map in which line 1 of the text comes from line 10 of the source, and line 2 from line 20.
fn lines_10_and_20() -> Value {
    let lines: Vec<_> = (1..=20).map(|line| format!("'é'; line{line}")).collect();
    json!({
        "version": 3,
        "sources": ["../src/author.ts"],
        "sourcesContent": [lines.join("\n")],
        "names": [],
        "mappings": "AASA;AAUA,IAAK",
    })
}

#[tokio::test]
async fn every_kind_of_error_is_told_in_the_authors_lines() {
    let map = lines_10_and_20();
    let error = compile_failure(&mapped("let a;\nlet b = ;", &map))
        .await
        .error;
    assert_eq!(place(&error), (Some(20), Some(6)));
    assert_eq!(error.frame, "20 | 'é'; line20\n   |      ^");
    assert_eq!(error.stack, "    at author.ts:20:6\n");

    let error = failure(&mapped("let a;\nPromise.reject(new Error('lost'))", &map))
        .await
        .error;
    assert_eq!(error.name, "UnhandledRejection");
    assert_eq!(place(&error), (Some(20), Some(6)));

    let error = compile_failure(&mapped("import 'fs';\nexport default 1", &map))
        .await
        .error;
    assert_eq!(
        error.message,
        "there is no module 'fs': functions cannot import"
    );
    assert_eq!(place(&error), (Some(10), Some(1)));

    let error = compile_failure(&mapped("export default 1;\nnull.x", &map))
        .await
        .error;
    assert_eq!(place(&error), (Some(20), Some(6)));

    let error = compile_failure(&mapped("let a;\nif (a) {", &map))
        .await
        .error;
    assert_eq!(
        error.message,
        "unexpected end of the function: are all brackets paired?"
    );
    assert_eq!(place(&error), (Some(20), Some(6)));
    assert_eq!(error.stack, "");

    let failure = failure(&mapped("const f = () => f();\nreturn f()", &map)).await;
    assert_eq!(failure.class, Class::StackOverflow);
    assert_eq!(place(&failure.error), (Some(10), Some(1)));
}

#[tokio::test]
async fn errors_in_the_log_are_told_in_the_authors_lines_too() {
    let source = mapped(
        "const f = () =>\nnew Error('odd'); console.warn(f())",
        &lines_10_and_20(),
    );
    let outcome = run(&source, "{}").await;
    let text = &outcome.logs.records[0].message;
    assert_eq!(
        text,
        "Error: odd\n    at f (author.ts:20:6)\n    at anonymous (author.ts:20:6)"
    );
}

#[tokio::test]
async fn a_map_without_content_gives_places_and_no_frame() {
    let mut map = lines_10_and_20();
    map.as_object_mut().unwrap().remove("sourcesContent");
    let error = failure(&mapped("let a;\nthrow new Error('no')", &map))
        .await
        .error;
    assert_eq!(
        (place(&error), error.frame.as_str()),
        ((Some(20), Some(6)), "")
    );
}

#[tokio::test]
async fn what_is_no_map_is_a_comment() {
    let map = lines_10_and_20();
    let changed = |name: &str, value: Value| {
        let mut map = map.clone();
        map[name] = value;
        map.to_string()
    };
    let base64 = |json: String| STANDARD.encode(json);
    for comment in [
        String::new(),
        "A".to_owned(),
        "====".to_owned(),
        base64("{}".to_owned()),
        base64("[".repeat(100_000)),
        base64(changed("version", json!(2))),
        base64(changed("mappings", json!(1))),
        // Half a number, a number without end, no numbers.
        base64(changed("mappings", json!("g"))),
        base64(changed("mappings", json!("g".repeat(100_000)))),
        base64(changed("mappings", json!(";é!\u{0}"))),
        // One line only, missing lines and sources, a column below zero, a place far away.
        base64(changed("mappings", json!("AASA"))),
        base64(changed("mappings", json!(";".repeat(300_000)))),
        base64(changed("mappings", json!("AAAA;AA+/////DA"))),
        base64(changed("mappings", json!("AAAA;AE+/////DA"))),
        base64(changed("mappings", json!("AAAA;AAgqB"))),
        base64(changed("mappings", json!("AAAA;D"))),
        base64(changed("mappings", json!("AAAA;AAAD"))),
        base64(changed("mappings", json!("AAAA;A"))),
        base64(changed("sources", json!([]))),
        base64(changed("sourcesContent", json!(["one line"]))),
        base64(changed("names", json!("none"))),
    ] {
        let source = with_comment("let a;\nthrow new Error('no')", &comment);
        let error = failure(&source).await.error;
        assert_eq!(place(&error), (Some(2), Some(11)), "{comment:.200}");
        assert_eq!(
            error.stack, "    at anonymous (function.js:2:11)\n",
            "{comment:.200}"
        );
        assert!(error.frame.starts_with("2 | throw"), "{comment:.200}");
    }
}

#[tokio::test]
async fn the_last_line_is_a_map_only_if_it_is_a_comment() {
    for (source, expected) in [
        (
            "return `a\n//# sourceMappingURL=data:application/json;base64,AAAA`",
            56,
        ),
        (
            "return 1 /*\n//# sourceMappingURL=data:application/json;base64,AAAA*/",
            1,
        ),
    ] {
        let returned = result(source).await;
        let returned = returned
            .as_str()
            .map_or(returned.as_u64(), |text| Some(text.len() as u64));
        assert_eq!(returned, Some(expected), "{source}");
    }
    assert_eq!(
        result_on("return call\n//# sourceMappingURL=function.js.map", "1").await,
        1
    );
}

#[tokio::test]
async fn a_name_of_a_file_is_only_a_name() {
    let mut map = lines_10_and_20();
    map["sources"] = json!([format!("a/b\\c\n\u{1e}d{}", "e".repeat(1_000))]);
    let error = failure(&mapped("let a;\nthrow new Error('no')", &map))
        .await
        .error;
    let expected = format!("    at anonymous (cd{}…:20:6)\n", "e".repeat(126));
    assert_eq!(error.stack, expected);
}

/// The map is as large as a source may be. It is read after an error, within the limits of a call.
#[tokio::test]
async fn a_large_map_is_read_within_the_limits() {
    let text = "let a;\nthrow new Error('no')";
    let mut map = lines_10_and_20();
    map["mappings"] = json!(format!("AASA;{}AAUA,IAAK", "AAAA,".repeat(150_000)));
    let outcome = run(&mapped(text, &map), "{}").await;
    assert!(
        outcome.metrics.fuel < CALL_LIMITS.fuel / 4,
        "{:?}",
        outcome.metrics
    );
    let failure = outcome.result.unwrap_err();
    assert_eq!(
        (failure.class, place(&failure.error)),
        (Class::Exception, (Some(20), Some(6)))
    );
}
