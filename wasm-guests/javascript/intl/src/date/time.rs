//! An instant in fields of calendar and clock.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Days in 400 years of the Gregorian calendar.
const DAYS_OF_ERA: i64 = 146_097;

/// A date of the Gregorian calendar, extended to all years (ECMA-262, section 21.4.1), and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// The year; 0 is the year 1 before Christ.
    pub year: i64,
    /// The month, from 1.
    pub month: usize,
    pub day: i64,
    /// The day of the week, from 0 for Sunday.
    pub weekday: usize,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub millisecond: i64,
}

impl Civil {
    /// The fields of an instant, in milliseconds since the beginning of 1970, on a clock that is `offset` seconds ahead
    /// of UTC.
    pub fn of(milliseconds: i64, offset: i32) -> Self {
        let local = milliseconds + i64::from(offset) * 1000;
        let (days, time) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = date(days);
        Self {
            year,
            month,
            day,
            // 1970 began on a Thursday.
            weekday: (days + 4).rem_euclid(7) as usize,
            hour: time / 3_600_000,
            minute: time / 60_000 % 60,
            second: time / 1000 % 60,
            millisecond: time % 1000,
        }
    }
}

/// Year, month and day. Years are counted from March here, so that a leap day is the last day.
fn date(days_since_1970: i64) -> (i64, usize, i64) {
    const DAYS_TO_1970: i64 = 719_468;
    let days = days_since_1970 + DAYS_TO_1970;
    let (era, day) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
    let year = (day - day / 1460 + day / 36_524 - day / (DAYS_OF_ERA - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (
        year + era * 400 + i64::from(month <= 2),
        month as usize,
        day_of_month,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_dates_near_and_far() {
        let of = |milliseconds, offset| {
            let civil = Civil::of(milliseconds, offset);
            (
                civil.year,
                civil.month,
                civil.day,
                civil.weekday,
                civil.hour,
                civil.second,
            )
        };
        assert_eq!(of(0, 0), (1970, 1, 1, 4, 0, 0));
        assert_eq!(of(-1, 0), (1969, 12, 31, 3, 23, 59));
        assert_eq!(of(951_782_400_000, 3600), (2000, 2, 29, 2, 1, 0));
        // The first and the last instants of `Date`.
        assert_eq!(of(-8_640_000_000_000_000, 0), (-271_821, 4, 20, 2, 0, 0));
        assert_eq!(of(8_640_000_000_000_000, 0), (275_760, 9, 13, 6, 0, 0));
    }
}
