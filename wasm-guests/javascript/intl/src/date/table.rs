//! A calendar's patterns by their skeletons.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use super::skeleton::{Distance, Mask, Skeleton};
use crate::{locale, tree::Node};

/// One pattern for each field, for calendars that lack it.
const CANONICAL: [&str; 12] = ["G", "y", "Q", "M", "E", "d", "a", "H", "m", "s", "S", "v"];

thread_local! {
    static TABLES: OnceCell<Tables> = const { OnceCell::new() };
}

/// The patterns of all calendars of all locales. Making them takes some milliseconds, so [`prepare`] makes them when
/// the engine boots.
struct Tables(BTreeMap<Node, Rc<Table>>);

/// Makes all patterns, which the first formatted date would otherwise make.
pub fn prepare() {
    TABLES.with(|tables| {
        tables.get_or_init(Tables::new);
    });
}

impl Tables {
    fn new() -> Self {
        let mut known = BTreeMap::new();
        let calendars = locale::data().filter_map(|data| data.find(&["dates", "calendars"]));
        let calendars = calendars.flat_map(Node::entries);
        Self(
            calendars
                .map(|(_, calendar)| (calendar, Rc::new(Table::new(calendar, &mut known))))
                .collect(),
        )
    }
}

/// A pattern and its skeleton.
#[derive(Debug)]
pub struct Entry {
    /// The pattern's fields. Locales share skeletons.
    pub skeleton: Rc<Skeleton>,
    pub pattern: &'static str,
    /// Whether the data name the skeleton beside the pattern.
    pub is_named: bool,
}

/// The patterns of a locale's calendar, in the order in which ICU walks over its own.
#[derive(Debug)]
pub struct Table {
    entries: Box<[Entry]>,
}

impl Table {
    /// The table of a calendar.
    pub fn of(calendar: Node) -> Rc<Self> {
        let known = TABLES.with(|tables| {
            let tables = tables.get_or_init(Tables::new);
            tables.0.get(&calendar).cloned()
        });
        known.unwrap_or_else(|| Rc::new(Self::new(calendar, &mut BTreeMap::new())))
    }

    fn new(calendar: Node, known: &mut BTreeMap<&'static str, Rc<Skeleton>>) -> Self {
        let mut skeleton_of = |pattern: &'static str| {
            let skeleton = known.entry(pattern);
            skeleton
                .or_insert_with(|| Rc::new(Skeleton::of(pattern)))
                .clone()
        };
        let mut found: Vec<Entry> = Vec::with_capacity(128);
        let styles = |name| calendar.get(name).into_iter().flat_map(Node::items);
        let patterns = styles("date")
            .zip(styles("time"))
            .flat_map(|(date, time)| [date, time]);
        for pattern in CANONICAL.into_iter().chain(patterns.map(Node::text)) {
            let skeleton = skeleton_of(pattern);
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
        // A named skeleton replaces one that was derived from a pattern. The data name no skeleton twice.
        let count = found.len();
        for named in calendar.get("available").into_iter().flat_map(Node::items) {
            let (Some(skeleton), Some(pattern)) = (named.at(0), named.at(1)) else {
                continue;
            };
            let skeleton = skeleton_of(skeleton.text());
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
        Self {
            entries: found.into_boxed_slice(),
        }
    }

    /// The entry that is nearest to a skeleton in the fields of the mask.
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
            // Of two entries at the same distance, ICU takes the one that lacks the later field.
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
