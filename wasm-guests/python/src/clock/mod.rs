//! The call's time in the call's time zone.

mod format;
pub mod python;

use std::{cell::RefCell, collections::BTreeMap};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};
use switchhook_guest::time_zone;

use crate::engine;

/// What a time zone says of a time.
pub struct Offset {
    /// East of Greenwich.
    pub seconds: i32,
    pub is_summer_time: bool,
    /// `CET`
    pub abbreviation: String,
}

thread_local! {
    /// Zones other than the call's own, once they are read.
    static ZONES: RefCell<BTreeMap<String, TimeZone>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `work` with the call's zone. The first one asked for stays, and must not be that of the building machine: until the
/// guest is built it is UTC.
pub fn with_zone<R>(work: impl FnOnce(&TimeZone) -> R) -> R {
    if engine::is_booted() {
        time_zone::with_zone(work)
    } else {
        work(&TimeZone::UTC)
    }
}

/// A zone by its IANA name.
pub fn zone(name: &str) -> Option<TimeZone> {
    let known = ZONES.with_borrow(|zones| zones.get(name).cloned());
    known.or_else(|| {
        let zone = time_zone::named(name)?;
        ZONES.with_borrow_mut(|zones| zones.insert(name.to_owned(), zone.clone()));
        Some(zone)
    })
}

/// At seconds since 1970; none outside the years -9999 to 9999.
pub fn at(zone: &TimeZone, seconds: i64) -> Option<Offset> {
    let info = zone.to_offset_info(Timestamp::from_second(seconds).ok()?);
    Some(Offset {
        seconds: info.offset().seconds(),
        is_summer_time: info.dst().is_dst(),
        abbreviation: info.abbreviation().to_owned(),
    })
}

/// At a local time, in seconds since 1970 as if it were UTC. Where clocks are put back or forward, `later` takes the
/// offset after that, and else the one before.
pub fn of_local(zone: &TimeZone, seconds: i64, later: bool) -> Option<Offset> {
    let offset = match zone.to_ambiguous_timestamp(civil(seconds)?).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            if later { after } else { before }
        }
    };
    let found = at(zone, seconds - i64::from(offset.seconds()))?;
    Some(Offset {
        seconds: offset.seconds(),
        ..found
    })
}

/// Seconds since 1970 at year, month, day, hour, minute and second as if they were UTC. They may lie outside of what they
/// count, as in C: the 32nd of a month is in the next.
pub fn seconds([year, month, day, hour, minute, second]: [i64; 6]) -> Option<i64> {
    let months = year.checked_mul(12)?.checked_add(month.checked_sub(1)?)?;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let first = Date::new(year, months.rem_euclid(12) as i8 + 1, 1).ok()?;
    let hours = first.duration_since(Date::constant(1970, 1, 1)).as_hours();
    let parts = [
        (hours, 3600),
        (day.checked_sub(1)?, 86_400),
        (hour, 3600),
        (minute, 60),
        (second, 1),
    ];
    parts.into_iter().try_fold(0_i64, |sum, (count, unit)| {
        sum.checked_add(count.checked_mul(unit)?)
    })
}

fn civil(seconds: i64) -> Option<DateTime> {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(seconds.seconds())
        .ok()
}
