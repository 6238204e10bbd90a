//! Libraries from npm, bundled by esbuild, give the same answers as in node. `record` makes bundles and answers.

use serde_json::Value;

use switchhook_runtime::{Call, Limits};

use crate::{CALL_LIMITS, function, javascript};

/// Limits for more answers than a call gives by default.
const LIMITS: Limits = Limits {
    fuel: 10 * CALL_LIMITS.fuel,
    ..CALL_LIMITS
};

/// The answers of a bundle, with New York's time zone.
async fn answers(bundle: &str) -> Value {
    let zone = ("TZ".to_owned(), "America/New_York".to_owned());
    let call = Call {
        environment: [zone].into_iter().collect(),
        ..Call::now("{}")
    };
    let function = function(bundle).await;
    let outcome = javascript().await.call(&function, call, &LIMITS).await;
    let result = outcome.expect("the snapshot is of this guest").result;
    serde_json::from_str(result.expect("the bundle answers").get()).expect("answers are JSON")
}

/// A test of a library's bundle against node's answers, one a line.
macro_rules! library {
    ($name:ident, $file:literal) => {
        #[tokio::test]
        async fn $name() {
            let bundle = include_str!(concat!($file, ".js"));
            let recorded = include_str!(concat!($file, ".txt")).lines();
            let recorded = recorded
                .map(|line| serde_json::from_str::<Value>(line).expect("an answer is JSON"));
            assert_eq!(answers(bundle).await, Value::from_iter(recorded));
        }
    };
}

library!(bignumber, "bignumber");
library!(cron_parser, "cron-parser");
library!(date_fns_tz, "date-fns-tz");
library!(dayjs, "dayjs");
library!(libphonenumber_js, "libphonenumber-js");
library!(luxon, "luxon");
library!(moment_timezone, "moment-timezone");
library!(rrule, "rrule");
