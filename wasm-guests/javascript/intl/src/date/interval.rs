//! Ranges of time: ICU's `DateIntervalFormat` (dtitvfmt.cpp, dtitvinf.cpp).

use super::{
    format::Format,
    generator::Generator,
    interval_skeleton::{Difference, Split, nearest, widened},
    pattern::{Piece, fill, pieces, split},
    resolve::hour_of,
    skeleton::Skeleton,
    time::Civil,
};
use crate::{
    part::{Part, Parts, joined},
    tree::Node,
};

/// The fields in which two times can differ, the largest first, each with its rank among ICU's calendar fields.
const FIELDS: [(char, u8); 7] = [
    ('G', 0),
    ('y', 10),
    ('M', 20),
    ('d', 30),
    ('a', 40),
    ('h', 50),
    ('m', 60),
];
/// Seconds and their fractions have no patterns of their own.
const SECOND: u8 = 70;
const MILLISECOND: u8 = 80;

/// How a range is written.
enum Way {
    /// As a single time.
    Single,
    /// With one pattern for each end.
    Halves(String, String),
    /// With one pattern for both ends.
    Twice(String),
    /// As one date and two times.
    DateWithTimes { date: String, time: String },
}

impl Format {
    /// The text of a range. A range that is written as a single time has the same spaces as that time.
    pub fn range_text(&self, from: i64, to: i64) -> String {
        let parts = self.range(from, to);
        if parts.iter().all(|part| part.source == 0) {
            return self.text(from);
        }
        joined(&parts)
    }

    /// The parts of a range's text. Both ends are in milliseconds since the beginning of 1970.
    pub fn range(&self, from: i64, to: i64) -> Vec<Part> {
        let Some(data) = self.locale.calendar(&self.calendar) else {
            return Vec::new();
        };
        let hour = hour_of(&self.pattern).unwrap_or_else(|| self.locale.hour());
        let generator =
            Generator::new(data, self.locale.fields(), self.decimal(), hour).with_usual_hours();
        let skeleton = Skeleton::of(&self.pattern).text();
        let single = generator.best(&skeleton);
        let ranges = Ranges {
            data,
            generator,
            split: Split::of(&skeleton),
            single,
        };
        let mut parts = Parts::default();
        match ranges.way(self.difference(from, to), &skeleton) {
            Way::Single => return self.parts(from),
            Way::Halves(first, second) => {
                self.write(&first, from, &mut parts);
                self.write(&second, to, &mut parts);
            }
            Way::Twice(pattern) => {
                self.write_twice(ranges.fallback(), &pattern, (from, to), &mut parts)
            }
            Way::DateWithTimes { date, time } => {
                let (before, between, after, date_first) = split(ranges.joined());
                parts.literal(&before.replace('\'', ""));
                if date_first {
                    self.write(&date, from, &mut parts);
                    parts.literal(&between.replace('\'', ""));
                }
                self.write_twice(ranges.fallback(), &time, (from, to), &mut parts);
                if !date_first {
                    parts.literal(&between.replace('\'', ""));
                    self.write(&date, from, &mut parts);
                }
                parts.literal(&after.replace('\'', ""));
            }
        }
        with_sources(parts.finish())
    }

    fn write_twice(
        &self,
        template: &str,
        pattern: &str,
        (from, to): (i64, i64),
        parts: &mut Parts,
    ) {
        let (before, between, after, is_reversed) = split(template);
        let (first, second) = if is_reversed { (to, from) } else { (from, to) };
        parts.literal(before);
        self.write(pattern, first, parts);
        parts.literal(between);
        self.write(pattern, second, parts);
        parts.literal(after);
    }

    /// The largest field in which the ends differ, with its rank.
    fn difference(&self, from: i64, to: i64) -> Option<(char, u8)> {
        let of = |time| Civil::of(time, self.zone.offset(time).seconds);
        let (from, to) = (of(from), of(to));
        let index = [
            (from.year > 0) != (to.year > 0) && self.calendar == "gregory",
            from.year != to.year,
            from.month != to.month,
            from.day != to.day,
            from.hour / 12 != to.hour / 12,
            from.hour != to.hour,
            from.minute != to.minute,
        ];
        match index.iter().position(|&differs| differs) {
            Some(index) => Some(FIELDS[index]),
            None if from.second != to.second => Some(('s', SECOND)),
            None if from.millisecond != to.millisecond => Some(('S', MILLISECOND)),
            None => None,
        }
    }
}

struct Ranges {
    data: Node,
    generator: Generator,
    split: Split,
    /// The pattern for a single time.
    single: String,
}

impl Ranges {
    fn way(&self, difference: Option<(char, u8)>, skeleton: &str) -> Way {
        let Some((field, level)) = difference else {
            return Way::Single;
        };
        let is_of_time = level >= 40;
        if let Some(pattern) = self.pattern_of(field) {
            return match halves(&pattern) {
                Some((first, second)) => Way::Halves(first.to_owned(), second.to_owned()),
                None => Way::Twice(pattern),
            };
        }
        if let Some(pattern) = self.fuller(field, skeleton) {
            return Way::Twice(pattern);
        }
        if smallest(&self.single) < level {
            return Way::Single;
        }
        if is_of_time && !self.split.date.is_empty() && !self.split.time.is_empty() {
            return Way::DateWithTimes {
                date: self.generator.best(&self.split.normal_date),
                time: self.generator.best(&self.split.normal_time),
            };
        }
        Way::Twice(self.single.clone())
    }

    /// CLDR's pattern for ranges that differ in a field.
    fn pattern_of(&self, field: char) -> Option<String> {
        let split = &self.split;
        let wanted = if split.time.is_empty() {
            &split.normal_date
        } else {
            &split.normal_time
        };
        let (best, difference) = nearest(self.table()?, wanted)?;
        if difference == Difference::Fields {
            return None;
        }
        if split.time.is_empty() {
            if !matches!(field, 'G' | 'y' | 'M' | 'd') {
                return None;
            }
            return self.of_date(field, wanted, best, difference);
        }
        if !matches!(field, 'a' | 'h' | 'm') {
            return None;
        }
        let of = |field| self.pattern_in(best, field);
        let pattern = of(field).or_else(|| if field == 'a' { of('h') } else { None })?;
        let pattern = widened(wanted, best, pattern, difference);
        if split.date.is_empty() {
            return Some(pattern);
        }
        let date = self.generator.best(&split.date);
        Some(fill(self.joined(), &[&pattern, &date]))
    }

    /// The pattern for a range that differs in a field which the skeleton lacks. The field is added to the skeleton.
    fn of_date(
        &self,
        field: char,
        wanted: &str,
        best: &str,
        difference: Difference,
    ) -> Option<String> {
        if let Some(pattern) = self.pattern_in(best, field) {
            return Some(widened(wanted, best, pattern, difference));
        }
        if smallest(best) < FIELDS.iter().find(|(letter, _)| *letter == field)?.1 {
            return None;
        }
        let (wanted, extended) = (format!("{field}{wanted}"), format!("{field}{best}"));
        if let Some(pattern) = self.pattern_in(&extended, field) {
            return Some(widened(&wanted, &extended, pattern, difference));
        }
        // The pattern with the year may need the month that was added before.
        let with_month = format!("{field}M{best}");
        if field == 'y'
            && !best.contains('M')
            && let Some(pattern) = self.pattern_in(&with_month, field)
        {
            return Some(pattern.to_owned());
        }
        if difference != Difference::None {
            return None;
        }
        let (best, difference) = nearest(self.table()?, &extended)?;
        if difference == Difference::Fields {
            return None;
        }
        Some(widened(
            &wanted,
            best,
            self.pattern_in(best, field)?,
            difference,
        ))
    }

    /// CLDR's pattern from a skeleton that also has the differing field, for both ends.
    fn fuller(&self, field: char, skeleton: &str) -> Option<String> {
        if self.split.time.is_empty() || !matches!(field, 'G' | 'y' | 'M' | 'd') {
            return None;
        }
        if self.split.date.is_empty() {
            let era = if field == 'G' { "G" } else { "" };
            return Some(self.generator.best(&format!("{era}yMd{}", self.split.time)));
        }
        let (_, difference) = nearest(self.table()?, &self.split.normal_time)?;
        if difference == Difference::Fields || self.split.date.contains(field) {
            return None;
        }
        let mut fuller = skeleton.to_owned();
        for letter in ['d', 'M', 'y', 'G'] {
            if !self.split.date.contains(letter) {
                fuller.insert(0, letter);
            }
            if letter == field {
                break;
            }
        }
        Some(self.generator.best(&fuller))
    }

    fn table(&self) -> Option<Node> {
        self.data.get("intervals")
    }

    fn pattern_in(&self, skeleton: &str, field: char) -> Option<&'static str> {
        let entry = self.table()?.get(skeleton)?;
        let found = |key| entry.get(key).map(Node::text);
        match field {
            'h' => found("h").or_else(|| found("H")),
            'a' => found("a").or_else(|| found("B")),
            other => found(other.encode_utf8(&mut [0; 4])),
        }
    }

    fn fallback(&self) -> &'static str {
        self.data.text_of("fallback")
    }

    fn joined(&self) -> &'static str {
        const MEDIUM: usize = 2;
        self.data
            .get("joined")
            .and_then(|joined| joined.at(MEDIUM))
            .map_or("{1} {0}", Node::text)
    }
}

/// The rank of a pattern's smallest field.
fn smallest(pattern: &str) -> u8 {
    let level = |letter| match letter {
        b'G' => 0,
        b'y' => 10,
        b'M' | b'L' => 20,
        b'd' | b'E' | b'c' => 30,
        b'a' => 40,
        b'h' | b'H' | b'k' | b'K' => 50,
        b'm' => 60,
        b's' => SECOND,
        b'S' => MILLISECOND,
        _ => 0,
    };
    let levels = pieces(pattern).map(|piece| match piece {
        Piece::Field(letter, _) => level(letter),
        Piece::Text { .. } => 0,
    });
    levels.max().unwrap_or_default()
}

/// Splits a pattern for a range before the first field that occurs a second time.
fn halves(pattern: &str) -> Option<(&str, &str)> {
    let mut seen = Vec::new();
    let mut at = 0;
    for piece in pieces(pattern) {
        match piece {
            Piece::Text { text, .. } => at += text.len(),
            Piece::Field(letter, length) => {
                if seen.contains(&letter) {
                    return Some(pattern.split_at(at));
                }
                seen.push(letter);
                at += length;
            }
        }
    }
    None
}

/// Marks the end that each part belongs to. Parts that occur twice belong to one end, and so does what lies between
/// them. The rest belongs to both ends.
fn with_sources(mut parts: Vec<Part>) -> Vec<Part> {
    let mut spans: [Option<(usize, usize)>; 2] = [None, None];
    for first in 0..parts.len() {
        if parts[first].kind == "literal" {
            continue;
        }
        let again =
            (first + 1..parts.len()).find(|&second| parts[second].kind == parts[first].kind);
        if let Some(second) = again {
            for (span, index) in spans.iter_mut().zip([first, second]) {
                let (start, end) = span.unwrap_or((index, index));
                *span = Some((start.min(index), end.max(index)));
            }
        }
    }
    for (source, span) in (1..).zip(spans) {
        if let Some((start, end)) = span {
            parts[start..=end]
                .iter_mut()
                .for_each(|part| part.source = source);
        }
    }
    parts
}
