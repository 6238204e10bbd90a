//! `strftime`, in the C locale.

use std::fmt::Write;

use jiff::civil::Date;

pub const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT: usize = 3;

/// The fields of Python's `struct_time`, in the same order.
#[derive(Clone)]
pub struct Fields {
    pub year: i64,
    /// From 1 for January.
    pub month: i64,
    /// From 1.
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// From 0 for Monday.
    pub weekday: i64,
    /// From 1 for the 1st of January.
    pub year_day: i64,
    /// 1 for summer time, 0 for standard time, -1 if it is not known.
    pub summer_time: i64,
    pub zone: Option<String>,
    pub offset: Option<i32>,
}

/// Writes `fields` by `format`. Text that is not a directive is copied.
pub fn format(format: &str, fields: &Fields) -> String {
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match rest.next() {
            Some(directive) => write(&mut text, directive, fields),
            None => text.push('%'),
        }
    }
    text
}

fn write(text: &mut String, directive: char, fields: &Fields) {
    let hour_12 = match fields.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let nested = |format_of: &str| format(format_of, fields);
    // Writing to a `String` cannot fail.
    let _ = match directive {
        'a' => write!(text, "{}", &day(fields)[..SHORT]),
        'A' => write!(text, "{}", day(fields)),
        'b' | 'h' => write!(text, "{}", &month(fields)[..SHORT]),
        'B' => write!(text, "{}", month(fields)),
        'c' => write!(text, "{}", nested("%a %b %e %H:%M:%S %Y")),
        'C' => write!(text, "{:02}", fields.year.div_euclid(100)),
        'd' => write!(text, "{:02}", fields.day),
        'D' | 'x' => write!(text, "{}", nested("%m/%d/%y")),
        'e' => write!(text, "{:2}", fields.day),
        'F' => write!(text, "{}", nested("%Y-%m-%d")),
        'G' => write!(text, "{}", iso_week(fields).0),
        'g' => write!(text, "{:02}", iso_week(fields).0.rem_euclid(100)),
        'H' => write!(text, "{:02}", fields.hour),
        'I' => write!(text, "{hour_12:02}"),
        'j' => write!(text, "{:03}", fields.year_day),
        'm' => write!(text, "{:02}", fields.month),
        'M' => write!(text, "{:02}", fields.minute),
        'n' => write!(text, "\n"),
        'p' => write!(text, "{}", if fields.hour < 12 { "AM" } else { "PM" }),
        'r' => write!(text, "{}", nested("%I:%M:%S %p")),
        'R' => write!(text, "{}", nested("%H:%M")),
        'S' => write!(text, "{:02}", fields.second),
        't' => write!(text, "\t"),
        'T' | 'X' => write!(text, "{}", nested("%H:%M:%S")),
        'u' => write!(text, "{}", fields.weekday + 1),
        'U' => write!(
            text,
            "{:02}",
            (fields.year_day + 6 - (fields.weekday + 1) % 7) / 7
        ),
        'V' => write!(text, "{:02}", iso_week(fields).1),
        'w' => write!(text, "{}", (fields.weekday + 1) % 7),
        'W' => write!(text, "{:02}", (fields.year_day + 6 - fields.weekday) / 7),
        'y' => write!(text, "{:02}", fields.year.rem_euclid(100)),
        'Y' => write!(text, "{}", fields.year),
        'z' => match fields.offset {
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.abs() / 60;
                write!(text, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
            }
            None => Ok(()),
        },
        'Z' => write!(text, "{}", fields.zone.as_deref().unwrap_or_default()),
        '%' => write!(text, "%"),
        other => write!(text, "%{other}"),
    };
}

fn day(fields: &Fields) -> &'static str {
    DAYS[fields.weekday.rem_euclid(7) as usize]
}

fn month(fields: &Fields) -> &'static str {
    MONTHS[(fields.month - 1).rem_euclid(12) as usize]
}

/// Year and week of ISO 8601; the fields' own year if they are not a date.
fn iso_week(fields: &Fields) -> (i64, i64) {
    let year = i16::try_from(fields.year).ok();
    let date = year.and_then(|year| Date::new(year, fields.month as i8, fields.day as i8).ok());
    match date.map(Date::iso_week_date) {
        Some(date) => (date.year().into(), date.week().into()),
        None => (fields.year, 1),
    }
}
