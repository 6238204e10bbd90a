//! Instants written as text.

use super::{
    pattern::{Piece, pieces, unquoted},
    time::Civil,
    zone::Zone,
    zone_names::{Names, Width},
};
use crate::{
    digits::Digits,
    locale::Locale,
    part::{Part, Parts, joined},
    tree::Node,
};

/// The resolved options of a `DateTimeFormat`.
pub struct Format {
    /// The locale, for names and customs.
    pub locale: Locale,
    /// The calendar's name in BCP 47.
    pub calendar: String,
    /// The numbering system's name in BCP 47.
    pub numbering: String,
    /// The digits of the numbering system.
    pub digits: Digits,
    /// The time zone.
    pub zone: Zone,
    /// The pattern, from [`super::resolve`].
    pub pattern: String,
}

/// Years from the beginning of the Buddhist era to the year 1.
const BUDDHIST_YEARS: i64 = 543;

impl Format {
    /// The parts of an instant's text. The instant is in milliseconds since the beginning of 1970.
    pub fn parts(&self, milliseconds: i64) -> Vec<Part> {
        let mut parts = Parts::default();
        self.write(&self.pattern, milliseconds, &mut parts);
        parts.finish()
    }

    /// The text of an instant.
    pub fn text(&self, milliseconds: i64) -> String {
        // Like V8, which replaces the narrow space before `AM` because programs read times with it.
        joined(&self.parts(milliseconds)).replace('\u{202f}', " ")
    }

    /// The separator before fractions of a second.
    pub fn decimal(&self) -> &'static str {
        self.locale
            .numbers_in(&self.numbering)
            .find(&["symbols", "decimal"])
            .map_or(".", Node::text)
    }

    /// Writes an instant by another pattern than the format's own.
    pub fn write(&self, pattern: &str, milliseconds: i64, parts: &mut Parts) {
        let time = Civil::of(milliseconds, self.zone.offset(milliseconds).seconds);
        for piece in pieces(pattern) {
            match piece {
                Piece::Text {
                    text,
                    is_quoted: true,
                } => parts.literal(&unquoted(text)),
                Piece::Text {
                    text,
                    is_quoted: false,
                } => parts.literal(text),
                Piece::Field(letter, length) => {
                    self.field(letter, length, &time, milliseconds, parts)
                }
            }
        }
    }

    fn field(&self, letter: u8, length: usize, time: &Civil, milliseconds: i64, parts: &mut Parts) {
        let number = |value: i64| self.digits.padded(value.unsigned_abs(), length);
        let (kind, text) = match letter {
            b'G' => ("era", self.era(time, length).to_owned()),
            // One of CLDR's patterns has `Y`, the year of week dates, by mistake.
            b'y' | b'Y' => {
                let year = self.year(time);
                (
                    "year",
                    if length == 2 {
                        self.digits.padded(year.unsigned_abs() % 100, 2)
                    } else {
                        number(year)
                    },
                )
            }
            b'M' | b'L' if length > 2 => {
                let name = self.listed("months", letter == b'L', length, time.month - 1);
                ("month", name.to_owned())
            }
            b'M' | b'L' => ("month", number(time.month as i64)),
            b'E' | b'c' | b'e' => {
                let name = self.listed("days", letter == b'c', length, time.weekday);
                ("weekday", name.to_owned())
            }
            b'd' => ("day", number(time.day)),
            b'a' => ("dayPeriod", self.half(time, length).to_owned()),
            b'B' => ("dayPeriod", self.period(time, length).to_owned()),
            b'H' => ("hour", number(time.hour)),
            b'k' => ("hour", number(if time.hour == 0 { 24 } else { time.hour })),
            b'K' => ("hour", number(time.hour % 12)),
            b'h' => (
                "hour",
                number(if time.hour % 12 == 0 {
                    12
                } else {
                    time.hour % 12
                }),
            ),
            b'm' => ("minute", number(time.minute)),
            b's' => ("second", number(time.second)),
            b'S' => {
                let digits = format!("{:03}", time.millisecond);
                (
                    "fractionalSecond",
                    self.digits.write(digits.get(..length).unwrap_or(&digits)),
                )
            }
            b'z' | b'v' | b'O' => ("timeZoneName", self.zone_name(letter, length, milliseconds)),
            _ => return,
        };
        parts.push(kind, text);
    }

    fn data(&self) -> Option<Node> {
        self.locale.calendar(&self.calendar)
    }

    fn year(&self, time: &Civil) -> i64 {
        match self.calendar.as_str() {
            "buddhist" => time.year + BUDDHIST_YEARS,
            "iso8601" => time.year,
            // The year before 1 is the year 1 before Christ.
            _ if time.year <= 0 => 1 - time.year,
            _ => time.year,
        }
    }

    fn era(&self, time: &Civil, length: usize) -> &'static str {
        let names = self
            .data()
            .and_then(|data| data.find(&["eras", width(length)]));
        let index = usize::from(time.year > 0 || self.calendar == "buddhist");
        names
            .and_then(|names| names.at(index))
            .map_or("", Node::text)
    }

    fn listed(&self, table: &str, is_alone: bool, length: usize, index: usize) -> &'static str {
        let form = if is_alone { "alone" } else { "format" };
        let names = self
            .data()
            .and_then(|data| data.find(&[table, form, width(length)]));
        names
            .and_then(|names| names.at(index))
            .map_or("", Node::text)
    }

    /// The name of the half of the day: AM or PM.
    fn half(&self, time: &Civil, length: usize) -> &'static str {
        let name = if time.hour < 12 { "am" } else { "pm" };
        let width = if length == 5 { "narrow" } else { "abbreviated" };
        let found = self
            .data()
            .and_then(|data| data.find(&["periods", "format", width, name]));
        found.map_or("", Node::text)
    }

    /// The name of the part of the day, such as morning (UTS 35, part 4, section 6).
    fn period(&self, time: &Civil, length: usize) -> &'static str {
        let Some(rules) = self.locale.day_periods() else {
            return self.half(time, length);
        };
        let shows = |letter| {
            pieces(&self.pattern)
                .any(|piece| matches!(piece, Piece::Field(field, _) if field == letter))
        };
        let minutes = time.hour * 60 + if shows(b'm') { time.minute } else { 0 };
        let is_exact = !shows(b's') || time.second == 0;
        let number = |rule: Node, index| {
            rule.at(index)
                .and_then(|number| number.text().parse::<i64>().ok())
        };
        let exactly = |rule: &Node| {
            is_exact && number(*rule, 2).is_none() && number(*rule, 1) == Some(minutes)
        };
        let hour = time.hour * 60;
        let within = |rule: &Node| match (number(*rule, 1), number(*rule, 2)) {
            (Some(from), Some(before)) if from < before => (from..before).contains(&hour),
            (Some(from), Some(before)) => hour >= from || hour < before,
            _ => false,
        };
        let name = |rule: Node| {
            let name = rule.at(0)?.text();
            self.data()?
                .find(&["periods", "format", width(length), name])
                .map(Node::text)
        };
        let named = rules.items().find(exactly).and_then(name);
        let named = named.or_else(|| rules.items().find(within).and_then(name));
        named.unwrap_or_else(|| self.half(time, length))
    }

    fn zone_name(&self, letter: u8, length: usize, milliseconds: i64) -> String {
        let names = Names {
            zones: self.locale.zones(),
            regions: self.locale.regions(),
            region: self.locale.region(),
            digits: self.digits,
        };
        let width = if length == 4 {
            Width::Long
        } else {
            Width::Short
        };
        match letter {
            b'z' => names.specific(&self.zone, milliseconds, width),
            b'v' => names.generic(&self.zone, milliseconds, width),
            _ => names.offset(self.zone.offset(milliseconds), width),
        }
    }
}

fn width(length: usize) -> &'static str {
    match length {
        4 => "wide",
        5 => "narrow",
        _ => "abbreviated",
    }
}
