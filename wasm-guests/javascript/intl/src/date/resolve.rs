//! From options to a pattern. V8 does the same on top of ICU (js-date-time-format.cc).

use super::{
    generator::Generator,
    pattern::{Piece, fill, pieces},
    skeleton::Skeleton,
};
use crate::{locale::Locale, tree::Node};

/// The options that decide on a pattern.
pub struct Wanted<'a> {
    /// The fields, with `j` for the hour.
    pub skeleton: &'a str,
    /// `dateStyle`, from 0 for `full` to 3 for `short`.
    pub date_style: Option<usize>,
    /// `timeStyle`, from 0 for `full` to 3 for `short`.
    pub time_style: Option<usize>,
    /// The letter of date patterns for the hours: `h`, `H`, `K` or `k`.
    pub hour: u8,
}

/// The pattern in a locale, for a calendar that it has.
pub fn resolve(locale: Locale, calendar: &str, numbering: &str, wanted: &Wanted) -> String {
    let Some(data) = locale.calendar(calendar) else {
        return String::new();
    };
    let decimal = locale
        .numbers_in(numbering)
        .find(&["symbols", "decimal"])
        .map_or(".", Node::text);
    let generator = || Generator::new(data, locale.fields(), decimal, wanted.hour);
    let style = |name, style: usize| {
        data.get(name)
            .and_then(|styles| styles.at(style))
            .map_or("", Node::text)
    };
    let pattern = match (wanted.date_style, wanted.time_style) {
        (Some(date), None) => return style("date", date).to_owned(),
        (Some(date), Some(time)) => fill(
            style("at", date),
            &[style("time", time), style("date", date)],
        ),
        (None, Some(time)) => style("time", time).to_owned(),
        (None, None) => {
            let skeleton = wanted
                .skeleton
                .replace('j', char::from(wanted.hour).encode_utf8(&mut [0; 4]));
            return with_hour(&generator().best(&skeleton), wanted.hour);
        }
    };
    if hour_of(&pattern) == Some(wanted.hour) {
        return pattern;
    }
    let skeleton = Skeleton::of(&pattern).text();
    let skeleton: String = skeleton
        .chars()
        .filter_map(|letter| match letter {
            'a' | 'b' | 'B' => None,
            'h' | 'H' | 'K' | 'k' => Some(char::from(wanted.hour)),
            other => Some(other),
        })
        .collect();
    with_hour(&generator().best(&skeleton), wanted.hour)
}

/// The letter of the hours in a pattern.
pub fn hour_of(pattern: &str) -> Option<u8> {
    pieces(pattern).find_map(|piece| match piece {
        Piece::Field(letter @ (b'h' | b'H' | b'K' | b'k'), _) => Some(letter),
        _ => None,
    })
}

/// The pattern with another letter for its hours.
fn with_hour(pattern: &str, hour: u8) -> String {
    let mut changed = String::with_capacity(pattern.len());
    let mut is_behind_day = false;
    for piece in pieces(pattern) {
        match piece {
            Piece::Text { text, .. } => changed.push_str(text),
            Piece::Field(letter, length) => {
                let is_hour = matches!(letter, b'h' | b'H' | b'K' | b'k');
                if is_hour && is_behind_day {
                    changed.push(' ');
                }
                let letter = if is_hour { hour } else { letter };
                changed.extend(std::iter::repeat_n(char::from(letter), length));
            }
        }
        is_behind_day = matches!(piece, Piece::Field(b'd', _));
    }
    changed
}
