//! Skeletons of ranges, and which of those that CLDR has is the nearest.

use super::pattern::{Piece, pieces};
use crate::tree::Node;

/// How much worse a skeleton is for a field too many or too few.
const OTHER_FIELD: usize = 0x1000;
/// How much worse for a month in letters where it should be in digits, or the other way round.
const OTHER_FORM: usize = 0x100;
/// Letters of fields: `A` to `z`.
const LETTERS: usize = 58;
/// No name of a month or a day takes more letters in a pattern.
const LONGEST_NAME: usize = 5;

/// A skeleton's parts of date and time, as they were given and without what ranges do not tell apart.
#[derive(Debug, Default)]
pub struct Split {
    pub date: String,
    pub time: String,
    pub normal_date: String,
    pub normal_time: String,
}

impl Split {
    /// ICU's `getDateTimeSkeleton`.
    pub fn of(skeleton: &str) -> Self {
        let mut split = Self::default();
        let (
            mut year,
            mut month,
            mut weekday,
            mut day,
            mut hour,
            mut minute,
            mut zone,
            mut generic,
        ) = (0, 0, 0, 0, None, 0, 0, 0);
        for letter in skeleton.chars() {
            match letter {
                'E' => weekday += 1,
                'd' => day += 1,
                'M' => month += 1,
                'y' => year += 1,
                'h' | 'H' | 'k' | 'K' if hour.is_some() => continue,
                'h' | 'H' | 'k' | 'K' => hour = Some(letter),
                'm' => minute += 1,
                'z' => zone += 1,
                'v' => generic += 1,
                'G' | 'L' | 'c' => split.normal_date.push(letter),
                'a' => {}
                // Ranges know no offsets.
                'O' => continue,
                _ => split.normal_time.push(letter),
            }
            let is_date = matches!(letter, 'E' | 'd' | 'M' | 'y' | 'G' | 'L' | 'c');
            if is_date {
                split.date.push(letter)
            } else {
                split.time.push(letter)
            }
        }
        let repeat = |letter: &str, count: usize| letter.repeat(count.min(LONGEST_NAME));
        split.normal_date += &"y".repeat(year);
        split.normal_date += &repeat("M", if month < 3 { month.min(1) } else { month });
        split.normal_date += &repeat(
            "E",
            if weekday <= 3 {
                weekday.min(1)
            } else {
                weekday
            },
        );
        split.normal_date += &repeat("d", usize::from(day > 0));
        split.normal_time.extend(hour);
        split.normal_time += &repeat("m", usize::from(minute > 0));
        split.normal_time += &repeat("z", usize::from(zone > 0));
        split.normal_time += &repeat("v", usize::from(generic > 0));
        split
    }
}

/// In what a skeleton differs from the one that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// In how wide its fields are.
    Widths,
    /// In letters that mean the same field.
    Letters,
    Fields,
}

/// The nearest skeleton of a table: ICU's `getBestSkeleton`.
pub fn nearest(table: Node, wanted: &str) -> Option<(&'static str, Difference)> {
    let plain: String = wanted
        .chars()
        .filter_map(|letter| match letter {
            'z' => Some('v'),
            'k' => Some('H'),
            'K' => Some('h'),
            'a' | 'b' => None,
            other => Some(other),
        })
        .collect();
    let is_replaced = plain != wanted;
    let widths = self::widths(&plain);
    let mut best: Option<(&'static str, usize, Difference)> = None;
    for (skeleton, _) in table.entries() {
        let (distance, difference) = distance(&widths, &self::widths(skeleton));
        if best.is_none_or(|(_, least, _)| distance < least) {
            best = Some((skeleton, distance, difference));
        }
    }
    best.map(|(skeleton, _, difference)| match difference {
        Difference::None | Difference::Widths if is_replaced => (skeleton, Difference::Letters),
        other => (skeleton, other),
    })
}

fn widths(skeleton: &str) -> [usize; LETTERS] {
    let mut widths = [0; LETTERS];
    for letter in skeleton.bytes() {
        if let Some(width) = widths.get_mut(usize::from(letter.wrapping_sub(b'A'))) {
            *width += 1;
        }
    }
    widths
}

fn distance(wanted: &[usize; LETTERS], other: &[usize; LETTERS]) -> (usize, Difference) {
    const MONTH: usize = (b'M' - b'A') as usize;
    let (mut distance, mut difference) = (0, Difference::Widths);
    for letter in 0..LETTERS {
        let (mine, others) = (wanted[letter], other[letter]);
        if mine == others {
        } else if mine == 0 || others == 0 {
            distance += OTHER_FIELD;
            difference = Difference::Fields;
        } else if letter == MONTH && (mine <= 2) != (others <= 2) {
            distance += OTHER_FORM;
        } else {
            distance += mine.abs_diff(others);
        }
    }
    (
        distance,
        if distance == 0 {
            Difference::None
        } else {
            difference
        },
    )
}

/// A pattern of a range with its fields as wide as they were asked for: ICU's `adjustFieldWidth`.
pub fn widened(wanted: &str, best: &str, pattern: &str, difference: Difference) -> String {
    if difference == Difference::None {
        return pattern.to_owned();
    }
    let (asked, had) = (widths(wanted), widths(best));
    let width = |widths: &[usize; LETTERS], letter: u8| {
        widths
            .get(usize::from(letter.wrapping_sub(b'A')))
            .copied()
            .unwrap_or_default()
    };
    let mut widened = String::with_capacity(pattern.len() + 4);
    for piece in pieces(pattern) {
        let (letter, length) = match piece {
            Piece::Text { text, .. } => {
                widened.push_str(text);
                continue;
            }
            Piece::Field(letter, length) => (letter, length),
        };
        let letter = match letter {
            b'v' if wanted.contains('z') => b'z',
            b'h' if wanted.contains('K') => b'K',
            b'H' if wanted.contains('k') => b'k',
            other => other,
        };
        let plain = if letter == b'L' { b'M' } else { letter };
        let (asked, had) = (width(&asked, plain), width(&had, plain));
        let length = if had == length && asked > had {
            asked
        } else {
            length
        };
        widened.extend(std::iter::repeat_n(char::from(letter), length));
    }
    widened
}
