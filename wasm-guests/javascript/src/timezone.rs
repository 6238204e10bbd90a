//! The time zone of `Date`.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use switchhook_guest::time_zone::with_zone;

/// Called by QuickJS in place of `localtime_r` (`quickjs/time-zone.patch`). Seconds from local time to UTC:
/// negative east of Greenwich.
///
/// `milliseconds` since the beginning of 1970 are counted in UTC or, if `is_local`, in local time: where a change of
/// the clock gives a local time twice or not at all, the offset before the change is the one that counts
/// (ECMA-262, section 21.4.1.26).
#[unsafe(no_mangle)]
extern "C" fn switchhook_seconds_to_utc(milliseconds: i64, is_local: i32) -> i32 {
    with_zone(|zone| {
        let seconds = if is_local == 0 {
            let time = timestamp(milliseconds);
            zone.to_offset(time).seconds()
        } else {
            // The instant at which a clock on UTC shows this local time.
            let local = TimeZone::UTC.to_datetime(timestamp(milliseconds));
            seconds_of_local(zone, local)
        };
        -seconds
    })
}

/// The instant, or the nearest that jiff knows. `Date` reaches beyond the year 9999, where no zone's rules change.
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
