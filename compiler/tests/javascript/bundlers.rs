//! The output of bundlers is a module. `bundlers/build` makes these outputs of one function, and names the versions and
//! commands.

use serde_json::{Value, json};
use switchhook_runtime::Class;

use crate::{CALL_LIMITS, call, function};

/// One function, bundled by each tool. It imports an ES module, one with a class and a default export, and a CommonJS
/// module.
const BUNDLES: [(&str, &str); 6] = [
    ("esbuild", include_str!("bundlers/esbuild.js")),
    ("rollup and terser", include_str!("bundlers/rollup.js")),
    ("webpack", include_str!("bundlers/webpack.js")),
    (
        "webpack, in development",
        include_str!("bundlers/webpack-development.js"),
    ),
    ("swc", include_str!("bundlers/swc.js")),
    ("parcel", include_str!("bundlers/parcel.js")),
];

#[tokio::test]
async fn bundles_are_modules_that_run() {
    for (bundler, bundle) in BUNDLES {
        let input = r#"{"To": "+14165550100", "Name": "Bob"}"#;
        let flow = json!({
            "module": "tts",
            "data": {"text": "HELLO BOB, É😀!", "count": 1},
            "children": {"_": {"module": "user", "data": {"id": "support"}}},
        });
        let function = function(bundle).await;
        // Each call starts with the state after the top level.
        for _ in 0..2 {
            let outcome = call(&function, input, &CALL_LIMITS).await;
            let result = outcome.result.expect(bundler);
            let result: Value = serde_json::from_str(result.get()).unwrap();
            assert_eq!(result, flow, "{bundler}");
        }

        let outcome = call(&function, r#"{"To": "+49"}"#, &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::Exception, "{bundler}");
        let error = outcome.result.unwrap_err().error;
        assert_eq!(
            error.to_string(),
            "RangeError: no route to +49",
            "{bundler}"
        );
    }
}
