//! What the functions here have in common.

use std::{env, io};

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The call on stdin, of which only what the function wants is kept; the flow on stdout.
pub fn answer<Call: DeserializeOwned>(flow: impl FnOnce(Call) -> Value) {
    // As a whole: a read is a call of the host.
    let call = io::read_to_string(io::stdin()).expect("stdin can be read");
    let call = serde_json::from_str(&call).expect("a call is JSON with these fields");
    println!("{}", flow(call));
}

/// The time of the call where the function is: its `timezone`, else its account's, is in the environment.
pub fn now() -> ZonedDateTime {
    let zone = env::var("TZ").unwrap_or_default();
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    Timestamp::now().to_zoned_datetime(zone)
}
