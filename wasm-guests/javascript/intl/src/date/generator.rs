//! The best pattern for the fields that a format asks for. It follows ICU's `DateTimePatternGenerator` (dtptngen.cpp),
//! whose results authors know from other engines.

use std::rc::Rc;

use super::{
    field::{kind, row_of},
    pattern::{Piece, fill, pieces},
    skeleton::{Mask, Skeleton},
    table::{Entry, Table},
};
use crate::tree::Node;

const DATE: Mask = (1 << kind::PERIOD) - 1;
const TIME: Mask = ((1 << kind::COUNT) - 1) & !DATE;
const FRACTION: Mask = 1 << kind::FRACTION;
const SECOND_AND_FRACTION: Mask = FRACTION | 1 << kind::SECOND;

/// The patterns of a locale's calendar.
pub struct Generator {
    table: Rc<Table>,
    calendar: Node,
    fields: Node,
    decimal: &'static str,
    /// The letter of the hours that the locale prefers, as in patterns.
    hour: u8,
    /// Whether hours get as many digits as the skeleton asks for, instead of the usual number.
    has_wide_hours: bool,
}

impl Generator {
    /// The generator for a locale's calendar. `fields` contains the names of the kinds of fields, `decimal` is the
    /// separator before fractions of seconds.
    pub fn new(calendar: Node, fields: Node, decimal: &'static str, hour: u8) -> Self {
        Self {
            table: Table::of(calendar),
            calendar,
            fields,
            decimal,
            hour,
            has_wide_hours: true,
        }
    }

    /// The same generator, with the usual number of digits for hours.
    pub fn with_usual_hours(self) -> Self {
        Self {
            has_wide_hours: false,
            ..self
        }
    }

    /// The pattern for a skeleton, in which `j` stands for the hours that the locale prefers.
    pub fn best(&self, skeleton: &str) -> String {
        let hour = char::from(self.hour);
        let skeleton = skeleton.replace('j', hour.encode_utf8(&mut [0; 4]));
        let wanted = Skeleton::of(&skeleton);
        let (entry, distance) = self.table.nearest(&wanted, Mask::MAX);
        if distance.missing == 0 && distance.extra == 0 {
            return self.adjusted(entry.pattern, entry, &wanted, false);
        }
        let date = self.appended(&wanted, wanted.mask() & DATE);
        let time = self.appended(&wanted, wanted.mask() & TIME);
        if date.is_empty() {
            return time;
        }
        if time.is_empty() {
            return date;
        }
        let (_, month) = wanted.base[kind::MONTH];
        let style = match month {
            4 if wanted.has(kind::WEEKDAY) => 0,
            4 => 1,
            3 => 2,
            _ => 3,
        };
        let joined = self.calendar.get("at").and_then(|at| at.at(style));
        fill(joined.map_or("{1} {0}", Node::text), &[&time, &date])
    }

    /// A pattern with some of the fields, and the missing fields appended to it.
    fn appended(&self, wanted: &Skeleton, fields: Mask) -> String {
        if fields == 0 {
            return String::new();
        }
        let (mut entry, mut distance) = self.table.nearest(wanted, fields);
        let mut pattern = self.adjusted(entry.pattern, entry, wanted, false);
        let mut missing = distance.missing;
        let mut before = 0;
        while missing != 0 && missing != before {
            if missing & SECOND_AND_FRACTION == FRACTION
                && fields & SECOND_AND_FRACTION == SECOND_AND_FRACTION
            {
                pattern = self.adjusted(&pattern, entry, wanted, true);
                missing &= !FRACTION;
                continue;
            }
            (entry, distance) = self.table.nearest(wanted, missing);
            let more = self.adjusted(entry.pattern, entry, wanted, false);
            let found = missing & !distance.missing;
            missing = distance.missing;
            let top = found.checked_ilog2().unwrap_or_default() as usize;
            let item =
                |list: Option<Node>| list.and_then(|list| list.at(top)).map_or("", Node::text);
            let name = format!("'{}'", item(Some(self.fields)));
            let template = item(self.calendar.get("append"));
            pattern = fill(template, &[&pattern, &more, &name]);
            // Like ICU, which appends one field and then leaves others out.
            before = missing;
        }
        pattern
    }

    /// The pattern with its fields widened to the lengths of the skeleton: ICU's `adjustFieldTypes`.
    fn adjusted(
        &self,
        pattern: &str,
        entry: &Entry,
        wanted: &Skeleton,
        with_fraction: bool,
    ) -> String {
        let mut adjusted = String::with_capacity(pattern.len() + 8);
        for piece in pieces(pattern) {
            let (letter, length) = match piece {
                Piece::Text { text, .. } => {
                    adjusted.push_str(text);
                    continue;
                }
                Piece::Field(letter, length) => (letter, length),
            };
            let Some(row) = row_of(letter, length).filter(|row| wanted.forms[row.kind] != 0) else {
                adjusted.extend(std::iter::repeat_n(char::from(letter), length));
                continue;
            };
            let (asked, asked_length) = wanted.fields[row.kind];
            let mut asked_length = usize::from(asked_length);
            if asked == b'E' {
                asked_length = asked_length.max(3);
            }
            let named_length = usize::from(entry.skeleton.fields[row.kind].1);
            let differ = (row.form > 0) != (wanted.forms[row.kind] > 0);
            let is_kept = matches!(row.kind, kind::MINUTE | kind::SECOND)
                || row.kind == kind::HOUR && !self.has_wide_hours
                || entry.is_named && asked != b'c' && (named_length == asked_length || differ);
            let new_length = if is_kept { length } else { asked_length };
            let mut new = match row.kind {
                kind::HOUR | kind::MONTH | kind::WEEKDAY => letter,
                kind::YEAR if asked != b'Y' => letter,
                _ => asked,
            };
            if new == b'E' && new_length < 3 {
                new = b'e';
            }
            if row.kind == kind::HOUR {
                new = match (asked, self.hour) {
                    (asked, hour) if asked == hour => hour,
                    (b'h', b'K') => b'K',
                    (b'H', b'k') => b'k',
                    (b'k', b'H') => b'H',
                    (b'K', b'h') => b'h',
                    _ => new,
                };
            }
            adjusted.extend(std::iter::repeat_n(char::from(new), new_length));
            if row.kind == kind::SECOND && with_fraction {
                adjusted.push_str(self.decimal);
                let (letter, length) = wanted.fields[kind::FRACTION];
                adjusted.extend(std::iter::repeat_n(char::from(letter), usize::from(length)));
            }
        }
        adjusted
    }
}
