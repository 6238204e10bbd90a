//! The recipes of `docs/javascript.md`.

use std::time::Duration;

use serde_json::{Value, json};
use switchhook_runtime::{Call, Moment};

use crate::{CALL_LIMITS, function, javascript};

const PAGE: &str = include_str!("../../../../docs/javascript.md");

/// The result of the recipe below a heading, for a call at a time in seconds since 1970.
async fn at(heading: &str, time: u64, call: Value) -> Value {
    let (_, below) = PAGE.split_once(&format!("### {heading}\n")).expect(heading);
    let (_, code) = below.split_once("```js\n").expect(heading);
    let (code, _) = code.split_once("```").expect(heading);
    let input = call.to_string();
    let call = Call {
        moment: Moment {
            clock: Duration::from_secs(time),
            seed: [0; 32],
        },
        ..Call::now(&input)
    };
    let function = function(code).await;
    let outcome = javascript().await.call(&function, call, &CALL_LIMITS).await;
    let result = outcome.expect("the snapshot is of this guest").result;
    serde_json::from_str(result.expect(heading).get()).expect("a result is JSON")
}

/// Thursday, 15 January 2026, 14:30 UTC.
const THURSDAY: u64 = 1_768_487_400;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn open_now() {
    for (time, id) in [
        (THURSDAY, "reception"),
        (THURSDAY - HOUR, "voicemail"),
        (THURSDAY + 10 * HOUR, "reception"),
        (THURSDAY + 11 * HOUR, "voicemail"),
        (THURSDAY + 3 * DAY, "voicemail"),
    ] {
        assert_eq!(
            at("Open now?", time, json!({})).await["data"]["id"],
            id,
            "{time}"
        );
    }
}

#[tokio::test]
async fn the_next_opening() {
    for (time, text) in [
        (THURSDAY, "Wir sind ab Freitag, 9 Uhr, wieder da."),
        (THURSDAY + DAY, "Wir sind ab Samstag, 10 Uhr, wieder da."),
        (THURSDAY + 2 * DAY, "Wir sind ab Montag, 9 Uhr, wieder da."),
    ] {
        assert_eq!(
            at("The next opening", time, json!({})).await["data"]["text"],
            text
        );
    }
}

#[tokio::test]
async fn holidays() {
    // Midnight, UTC and in London, after the last of the three.
    let after = 1_798_848_000;
    for (time, id) in [
        (THURSDAY, "reception"),
        (after - 1, "holiday"),
        (after, "reception"),
    ] {
        assert_eq!(at("Holidays", time, json!({})).await["data"]["id"], id);
    }
}

#[tokio::test]
async fn a_greeting_for_the_time_of_day() {
    for (zone, text) in [
        (json!("America/New_York"), "Good morning, Bob"),
        (json!("Europe/Berlin"), "Good afternoon, Bob"),
        (json!("Asia/Tokyo"), "Good evening, Bob"),
        (Value::Null, "Good afternoon, Bob"),
    ] {
        let call = json!({"Timezone": zone, "Caller-ID-Name": "Bob"});
        let flow = at("A greeting for the time of day", THURSDAY, call).await;
        assert_eq!(flow["data"]["text"], text);
    }
}

#[tokio::test]
async fn what_time_it_is_where_the_caller_is() {
    for (number, text) in [
        ("+14158867900", "It is 06:30 where you are."),
        ("+12125550100", "It is 09:30 where you are."),
        ("+4930123456", "It is 15:30 where you are."),
        ("+999", "It is 14:30 where you are."),
    ] {
        let call = json!({"Caller-ID-Number": number});
        let flow = at("What time it is where the caller is", THURSDAY, call).await;
        assert_eq!(flow["data"]["text"], text);
    }
}
