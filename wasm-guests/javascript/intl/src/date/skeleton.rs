//! Skeletons: the fields of a pattern and their forms.

use super::{
    field::{kind, row_of},
    pattern::{Piece, pieces},
};

/// A set of kinds of fields, one bit for each.
pub type Mask = u32;

/// Distance for a field that was not asked for.
const EXTRA: i32 = 0x10000;
/// Distance for a field that is missing.
const MISSING: i32 = 0x1000;

/// The fields of a pattern by their kinds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Skeleton {
    /// Letter and length of each field, as given.
    pub fields: [(u8, u8); kind::COUNT],
    /// The shortest length of each field that means the same form.
    pub base: [(u8, u8); kind::COUNT],
    pub forms: [i32; kind::COUNT],
    pub has_default_period: bool,
}

impl Skeleton {
    /// ICU's `DateTimeMatcher::set`.
    pub fn of(pattern: &str) -> Self {
        let mut skeleton = Self::default();
        for piece in pieces(pattern) {
            if let Piece::Field(letter, length) = piece {
                skeleton.set(letter, length);
            }
        }
        if skeleton.has(kind::MINUTE) && skeleton.has(kind::FRACTION) && !skeleton.has(kind::SECOND)
        {
            skeleton.set(b's', 1);
        }
        match skeleton.fields[kind::HOUR].0 {
            0 => {}
            b'h' | b'K' => {
                if !skeleton.has(kind::PERIOD) {
                    skeleton.set(b'a', 1);
                    skeleton.has_default_period = true;
                }
            }
            _ => {
                skeleton.fields[kind::PERIOD] = (0, 0);
                skeleton.base[kind::PERIOD] = (0, 0);
                skeleton.forms[kind::PERIOD] = 0;
            }
        }
        skeleton
    }

    fn set(&mut self, letter: u8, length: usize) {
        if let Some(row) = row_of(letter, length) {
            let length = length.min(usize::from(u8::MAX)) as u8;
            self.fields[row.kind] = (letter, length);
            self.base[row.kind] = (letter, row.shortest);
            self.forms[row.kind] = row.form + if row.form > 0 { i32::from(length) } else { 0 };
        }
    }

    pub fn has(&self, kind: usize) -> bool {
        self.fields[kind].0 != 0
    }

    pub fn mask(&self) -> Mask {
        (0..kind::COUNT)
            .filter(|&kind| self.forms[kind] != 0)
            .fold(0, |mask, kind| mask | 1 << kind)
    }

    /// The distance of another skeleton in the fields of the mask, and which fields it lacks or has in addition.
    pub fn distance(&self, other: &Self, mask: Mask) -> Distance {
        let mut distance = Distance::default();
        for kind in 0..kind::COUNT {
            let mine = if mask & 1 << kind == 0 {
                0
            } else {
                self.forms[kind]
            };
            let others = other.forms[kind];
            if mine == others {
            } else if mine == 0 {
                distance.total += EXTRA;
                distance.extra |= 1 << kind;
            } else if others == 0 {
                distance.total += MISSING;
                distance.missing |= 1 << kind;
            } else {
                distance.total += (mine - others).abs();
            }
        }
        distance
    }

    /// The fields in their order, as given.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (kind, &(letter, length)) in self.fields.iter().enumerate() {
            if !(kind == kind::PERIOD && self.has_default_period) {
                text.extend(std::iter::repeat_n(char::from(letter), usize::from(length)));
            }
        }
        text
    }

    /// The letter by which patterns are sorted.
    pub fn first_letter(&self) -> u8 {
        let given = |&&(letter, _): &&(u8, u8)| letter != 0;
        self.base
            .iter()
            .find(given)
            .map_or(0, |&(letter, _)| letter)
    }
}

/// The result of [`Skeleton::distance`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Distance {
    pub total: i32,
    pub missing: Mask,
    pub extra: Mask,
}
