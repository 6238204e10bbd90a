//! What these functions share.

use std::{env, io};

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the call from stdin, with the fields that the function wants, and writes the flow to stdout.
pub fn answer<Call: DeserializeOwned>(flow: impl FnOnce(Call) -> Value) {
    // In one piece: each read is a call of the host.
    let call = io::read_to_string(io::stdin()).expect("stdin can be read");
    let call = serde_json::from_str(&call).expect("a call is JSON with these fields");
    println!("{}", flow(call));
}

/// The time of the call in the function's time zone, which the environment contains.
pub fn now() -> ZonedDateTime {
    let zone = env::var("TZ").unwrap_or_default();
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    Timestamp::now().to_zoned_datetime(zone)
}
