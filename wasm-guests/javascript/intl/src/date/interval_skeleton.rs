//! Skeletons of ranges, and the nearest of CLDR's skeletons.

use super::pattern::{Piece, pieces};
use crate::tree::Node;

/// Distance for a field too many or too few.
const OTHER_FIELD: usize = 0x1000;
/// Distance for a month in letters instead of digits, or in digits instead of letters.
const OTHER_FORM: usize = 0x100;
/// Number of characters from `A` to `z`: the letters of fields.
const LETTERS: usize = 58;
/// Longest run of a letter for the name of a month or a day.
const LONGEST_NAME: usize = 5;

/// A skeleton's date and time: as given, and normalised for the comparison with CLDR's ranges.
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
                // CLDR's ranges have no offsets.
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

/// The difference between the found skeleton and the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    None,
    /// The widths of fields.
    Widths,
    /// Letters that mean the same field.
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

/// A range's pattern with its fields as wide as in the wanted skeleton: ICU's `adjustFieldWidth`.
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
