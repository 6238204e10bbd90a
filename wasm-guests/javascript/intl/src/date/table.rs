//! The patterns of a calendar by their skeletons.

use std::{cell::RefCell, rc::Rc};

use super::skeleton::{Distance, Mask, Skeleton};
use crate::tree::Node;

/// A pattern for each field that can be asked for.
const CANONICAL: [&str; 12] = ["G", "y", "Q", "M", "E", "d", "a", "H", "m", "s", "S", "v"];

/// Tables that are kept. A function has to do with one or two locales, and each table takes some 100 microseconds to be made.
const KEPT: usize = 4;

thread_local! {
    static READY: RefCell<Vec<(Node, Rc<Table>)>> = const { RefCell::new(Vec::new()) };
}

/// A pattern.
#[derive(Debug)]
pub struct Entry {
    /// What it has.
    pub skeleton: Skeleton,
    pub pattern: &'static str,
    /// Whether the data name the skeleton, beside the pattern.
    pub is_named: bool,
}

/// The patterns of a locale's calendar, in the order in which ICU walks over its own.
#[derive(Debug)]
pub struct Table {
    entries: Vec<Entry>,
}

impl Table {
    /// Of a calendar.
    pub fn of(calendar: Node) -> Rc<Self> {
        READY.with_borrow_mut(|ready| {
            if let Some((_, table)) = ready.iter().find(|(known, _)| *known == calendar) {
                return table.clone();
            }
            let table = Rc::new(Self::new(calendar));
            if ready.len() == KEPT {
                ready.remove(0);
            }
            ready.push((calendar, table.clone()));
            table
        })
    }

    fn new(calendar: Node) -> Self {
        let mut found: Vec<Entry> = Vec::with_capacity(128);
        let styles = |name| calendar.get(name).into_iter().flat_map(Node::items);
        let patterns = styles("date")
            .zip(styles("time"))
            .flat_map(|(date, time)| [date, time]);
        for pattern in CANONICAL.into_iter().chain(patterns.map(Node::text)) {
            let skeleton = Skeleton::of(pattern);
            if !found
                .iter()
                .any(|known| known.skeleton.base == skeleton.base)
            {
                found.push(Entry {
                    skeleton,
                    pattern,
                    is_named: false,
                });
            }
        }
        // What the data name takes the place of what was only found in a pattern. They name nothing twice.
        let count = found.len();
        for named in calendar.get("available").into_iter().flat_map(Node::items) {
            let (Some(skeleton), Some(pattern)) = (named.at(0), named.at(1)) else {
                continue;
            };
            let skeleton = Skeleton::of(skeleton.text());
            let same = found[..count]
                .iter()
                .position(|known| known.skeleton.fields == skeleton.fields);
            let entry = Entry {
                skeleton,
                pattern: pattern.text(),
                is_named: true,
            };
            match same {
                Some(index) => found[index] = entry,
                None => found.push(entry),
            }
        }
        found.sort_by_cached_key(|entry| entry.skeleton.first_letter());
        Self { entries: found }
    }

    /// What is nearest to those fields of a skeleton that the mask has.
    pub fn nearest(&self, wanted: &Skeleton, mask: Mask) -> (&Entry, Distance) {
        let mut best = (
            &self.entries[0],
            Distance {
                total: i32::MAX,
                missing: 0,
                extra: 0,
            },
        );
        for entry in &self.entries {
            let distance = wanted.distance(&entry.skeleton, mask);
            // Of two that are as near, the one that lacks the later field.
            if (distance.total, !distance.missing) < (best.1.total, !best.1.missing) {
                best = (entry, distance);
                if distance.total == 0 {
                    break;
                }
            }
        }
        best
    }
}
