//! The calendar for `lua/os.c`, in the call's time zone, by the rules of the IANA database.

use std::{
    cell::RefCell,
    ffi::{CString, c_char, c_int},
};

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};
use switchhook_guest::time_zone::with_zone;

/// wasi-libc's `struct tm`.
#[repr(C)]
struct BrokenDown {
    second: c_int,
    minute: c_int,
    hour: c_int,
    day: c_int,
    /// From 0 for January.
    month: c_int,
    since_1900: c_int,
    /// From 0 for Sunday.
    weekday: c_int,
    /// From 0 for the 1st of January.
    day_of_year: c_int,
    /// Negative if it is not known.
    is_summer_time: c_int,
    offset_seconds: c_int,
    zone: *const c_char,
    nanosecond: c_int,
}

thread_local! {
    /// The zone's abbreviation in the last result.
    static ZONE_NAME: RefCell<CString> = RefCell::default();
}

/// The date of an instant, in the call's time zone or in UTC. Null if it is out of range.
///
/// # Safety
/// There must be room at `result`.
#[unsafe(no_mangle)]
unsafe extern "C" fn switchhook_broken_down(
    time: i64,
    is_local: c_int,
    result: *mut BrokenDown,
) -> *mut BrokenDown {
    let Ok(time) = Timestamp::from_second(time) else {
        return std::ptr::null_mut();
    };
    let broken_down = if is_local == 0 {
        in_zone(time, &TimeZone::UTC)
    } else {
        with_zone(|zone| in_zone(time, zone))
    };
    // SAFETY: as this function demands of its caller.
    unsafe { result.write(broken_down) };
    result
}

fn in_zone(time: Timestamp, zone: &TimeZone) -> BrokenDown {
    let info = zone.to_offset_info(time);
    let local = info.offset().to_datetime(time);
    let name = CString::new(info.abbreviation()).unwrap_or_default();
    let zone = ZONE_NAME.with_borrow_mut(|kept| {
        *kept = name;
        kept.as_ptr()
    });
    BrokenDown {
        second: local.second().into(),
        minute: local.minute().into(),
        hour: local.hour().into(),
        day: local.day().into(),
        month: c_int::from(local.month()) - 1,
        since_1900: c_int::from(local.year()) - 1900,
        weekday: local.weekday().to_sunday_zero_offset().into(),
        day_of_year: c_int::from(local.day_of_year()) - 1,
        is_summer_time: info.dst().is_dst().into(),
        offset_seconds: info.offset().seconds(),
        zone,
        nanosecond: 0,
    }
}

/// The instant of a date in the call's time zone, or -1 if it is out of range. Normalises the date: the 32nd of January
/// is the 1st of February.
///
/// # Safety
/// There must be a date at `date`.
#[unsafe(no_mangle)]
unsafe extern "C" fn switchhook_time(date: *mut BrokenDown) -> i64 {
    // SAFETY: as this function demands of its caller.
    let given = unsafe { &mut *date };
    let time = proper(given).and_then(|local| {
        let time = with_zone(|zone| time_of(local, given.is_summer_time, zone))?;
        *given = with_zone(|zone| in_zone(time, zone));
        Some(time)
    });
    time.map_or(-1, Timestamp::as_second)
}

fn proper(given: &BrokenDown) -> Option<DateTime> {
    let month = given.month.rem_euclid(12);
    let year = i64::from(given.since_1900) + 1900 + i64::from(given.month.div_euclid(12));
    let first = Date::new(i16::try_from(year).ok()?, month as i8 + 1, 1).ok()?;
    // Added one by one, because all parts of a span have the same sign.
    let parts = [
        Span::new().try_days(i64::from(given.day) - 1),
        Span::new().try_hours(given.hour),
        Span::new().try_minutes(given.minute),
        Span::new().try_seconds(given.second),
    ];
    let midnight = first.at(0, 0, 0, 0);
    let mut parts = parts.into_iter();
    parts.try_fold(midnight, |date, part| date.checked_add(part.ok()?).ok())
}

/// The instant of a local time. Where clocks are put back, the time exists twice, and the instant in summer time counts
/// unless `is_summer_time` is 0. Where clocks are put forward, the offset before the change counts.
fn time_of(local: DateTime, is_summer_time: c_int, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let time = match ambiguous.offset() {
        AmbiguousOffset::Fold { .. } if is_summer_time == 0 => ambiguous.later(),
        _ => ambiguous.compatible(),
    };
    time.ok()
}
