//! Customs of the place that a tag names: `Intl.Locale` (ECMA-402, section 15.5).

use super::{Locale, Tag};
use crate::{date::zone, tree::Node};

/// The world. Its customs count in regions without their own.
const WORLD: &str = "001";

impl Tag {
    /// The region whose customs count: that of the keyword `rg`, or the tag's own, or the likely one.
    fn custom_region(&self) -> String {
        let asked = self
            .keyword("rg")
            .and_then(|value| value.strip_suffix("zzzz"));
        match asked {
            Some(region) => region.to_ascii_uppercase(),
            None => self.maximize().region,
        }
    }

    /// The calendars of the region, the most usual first.
    pub fn calendars(&self) -> Vec<&'static str> {
        let calendars = of_region("calendars", &self.custom_region());
        calendars
            .into_iter()
            .flat_map(Node::items)
            .map(Node::text)
            .collect()
    }

    /// The hour cycle: `h12`, `h23`, `h11` or `h24`.
    pub fn hour_cycle(&self) -> &'static str {
        let region = self.custom_region();
        let hours = Node::root().find(&["hours", &format!("{}-{region}", self.language)]);
        let hours = hours.or_else(|| of_region("hours", &region));
        match hours.and_then(|hours| hours.at(0)).map_or("", Node::text) {
            "h" => "h12",
            "K" => "h11",
            "k" => "h24",
            _ => "h23",
        }
    }

    /// The usual numbering system.
    pub fn numbering(&self) -> &'static str {
        let table = Node::root().get("numbering");
        let most = self.maximize();
        let usual = Self {
            language: most.language,
            ..Self::default()
        };
        let by_script = format!("{}-{}", self.language, most.script);
        let by_region = format!("{}-{}", self.language, self.region);
        // In another script than its usual one, a language's own numbering system does not count.
        let keys = if most.script == usual.maximize().script {
            vec![by_region, by_script, self.language.clone()]
        } else {
            vec![by_script]
        };
        let found = table.and_then(|table| keys.iter().find_map(|key| table.get(key)));
        found.map_or("latn", Node::text)
    }

    /// Whether the script is written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        let scripts = Node::root().get("rightToLeft");
        let script = self.maximize().script;
        scripts.is_some_and(|scripts| scripts.items().any(|known| known.text() == script))
    }

    /// The time zones of the tag's region, in alphabetical order. `None` if the tag names no region.
    pub fn time_zones(&self) -> Option<Vec<&'static str>> {
        (!self.region.is_empty()).then(|| zone::of_region(&self.region))
    }

    /// The first day of the week, 1 for Monday.
    pub fn first_day(&self) -> usize {
        let asked = self.keyword("fw").and_then(weekday);
        asked.unwrap_or_else(|| self.day_of("firstDay"))
    }

    /// The days of the weekend, in the order of the week.
    pub fn weekend(&self) -> Vec<usize> {
        let (start, end) = (self.day_of("weekendStart"), self.day_of("weekendEnd"));
        let mut days: Vec<usize> = (0..DAYS.len())
            .map(|after| (start - 1 + after) % DAYS.len() + 1)
            .take((end + DAYS.len() - start) % DAYS.len() + 1)
            .collect();
        days.sort_unstable();
        days
    }

    fn day_of(&self, key: &str) -> usize {
        let region = self.custom_region();
        let table = Node::root().find(&["weeks", key]);
        let day = table.and_then(|table| table.get(&region).or_else(|| table.get(WORLD)));
        day.and_then(|day| weekday(day.text())).unwrap_or(1)
    }

    /// The types of the nearest locale's collations.
    pub fn collations(&self) -> Vec<&'static str> {
        let locale = Locale::nearest(self).unwrap_or_default();
        let mut types = crate::collation::types();
        types.retain(|kind| crate::collation::has_type(locale, kind));
        types
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn weekday(name: &str) -> Option<usize> {
    Some(DAYS.iter().position(|day| *day == name)? + 1)
}

fn of_region(table: &str, region: &str) -> Option<Node> {
    let table = Node::root().get(table)?;
    table.get(region).or_else(|| table.get(WORLD))
}
