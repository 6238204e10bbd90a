//! The supported locales and their data.

mod info;
mod likely;
mod tag;

pub use tag::Tag;

use crate::{digits::Digits, tree::Node};

/// The locale of a function that asks for none.
pub const DEFAULT: &str = "en-US";

/// A supported locale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale {
    name: &'static str,
    /// The name of the locale whose data this locale has.
    id: &'static str,
    data: Node,
}

impl Locale {
    /// The locale with this exact name, without extensions.
    pub fn named(name: &str) -> Option<Self> {
        let root = Node::root();
        let (name, id) = root.get("names")?.entry(name)?;
        let id = id.text();
        let data = root.get("locales")?.get(id)?;
        Some(Self { name, id, data })
    }

    /// The nearest supported locale that contains a tag: RFC 4647, section 3.4, along CLDR's parents.
    pub fn nearest(tag: &Tag) -> Option<Self> {
        let mut base = tag.base();
        // A region may use another script than its language usually does: Chinese in Hong Kong is not written as in
        // China.
        if tag.script.is_empty()
            && Self::named(&base).is_none()
            && let Some(script) = likely_script(&tag.language, &tag.region)
            && Some(script) != likely_script(&tag.language, "")
        {
            base = Tag {
                script: script.to_owned(),
                ..tag.clone()
            }
            .base();
        }
        let parents = Node::root().get("parents");
        loop {
            if let Some(locale) = Self::named(&base) {
                return Some(locale);
            }
            match parents.and_then(|parents| parents.get(&base)) {
                Some(parent) => base = parent.text().to_owned(),
                None => base.truncate(base.rfind('-')?),
            }
        }
    }

    /// The locale's name in ECMAScript.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The name of the locale whose data this locale has: `nb` for `no`.
    pub fn id(self) -> &'static str {
        self.id
    }

    /// An entry of CLDR's data about the locale.
    pub fn find(self, path: &[&str]) -> Option<Node> {
        self.data.find(path)
    }

    /// The data of a calendar in this locale. A calendar that differs from the Gregorian only in its years has the
    /// Gregorian formats.
    pub fn calendar(self, calendar: &str) -> Option<Node> {
        let calendars = self.find(&["dates", "calendars"])?;
        calendars.get(calendar).or_else(|| calendars.get("gregory"))
    }

    /// The calendar that is in use.
    pub fn default_calendar(self) -> &'static str {
        if self.has_calendar("buddhist") {
            "buddhist"
        } else {
            "gregory"
        }
    }

    /// Whether dates of this calendar can be written.
    pub fn has_calendar(self, calendar: &str) -> bool {
        self.find(&["dates", "calendars", calendar]).is_some()
    }

    /// The names of the kinds of fields.
    pub fn fields(self) -> Node {
        self.part(&["dates", "fields"])
    }

    /// The names of time zones.
    pub fn zones(self) -> Node {
        self.part(&["dates", "zones"])
    }

    /// The data for writing numbers.
    pub fn numbers(self) -> Node {
        self.part(&["numbers"])
    }

    /// The names of regions.
    pub fn regions(self) -> Option<Node> {
        self.find(&["names", "regions"])
    }

    fn part(self, path: &[&str]) -> Node {
        self.find(path).unwrap_or(self.data)
    }

    /// The numbering system that is in use.
    pub fn numbering(self) -> &'static str {
        self.numbers().text_of("default")
    }

    /// The symbols and formats of numbers in a system; those of `latn` if the system has none.
    pub fn numbers_in(self, system: &str) -> Node {
        let systems = self.part(&["numbers", "systems"]);
        systems
            .get(system)
            .or_else(|| systems.get("latn"))
            .unwrap_or(systems)
    }

    /// A symbol of numbers in a system, by CLDR's name for it.
    pub fn symbol(self, system: &str, name: &str) -> &'static str {
        let symbols = self.numbers_in(system).get("symbols");
        symbols.map_or("", |symbols| symbols.text_of(name))
    }

    /// The digits of a numbering system.
    pub fn digits(self, system: &str) -> Digits {
        Digits::of(system).unwrap_or_default()
    }

    /// The locale's language.
    pub fn language(self) -> &'static str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// The locale's region, or the one where most speakers of the language live.
    pub fn region(self) -> &'static str {
        let is_region = |part: &&str| part.len() == 2 || part.as_bytes()[0].is_ascii_digit();
        let mut parts = self.name.split('-').skip(1);
        let script = self
            .name
            .split('-')
            .nth(1)
            .filter(|part| part.len() == 4)
            .unwrap_or_default();
        parts
            .find(is_region)
            .or_else(|| likely_region(self.language(), script))
            .unwrap_or("001")
    }

    /// The data for parts of the day.
    pub fn day_periods(self) -> Option<Node> {
        let rules = Node::root().get("dayPeriods")?;
        rules.get(self.id).or_else(|| rules.get(self.language()))
    }

    /// The letter of date patterns for hours as the locale counts them: `h`, `H`, `K` or `k`.
    pub fn hour(self) -> u8 {
        let preferred = self
            .hours()
            .and_then(|hours| hours.at(0))
            .map_or("H", Node::text);
        preferred.bytes().next().unwrap_or(b'H')
    }

    /// The letter for hours on a clock of twelve hours: `h` or `K`.
    pub fn hour_of_twelve(self) -> u8 {
        let allowed = self
            .hours()
            .and_then(|hours| hours.at(1))
            .map_or("", Node::text);
        allowed
            .bytes()
            .find(|letter| matches!(letter, b'h' | b'K'))
            .unwrap_or(b'h')
    }

    fn hours(self) -> Option<Node> {
        let hours = Node::root().get("hours")?;
        let region = self.region();
        let of_language = hours.get(&format!("{}-{region}", self.language()));
        of_language
            .or_else(|| hours.get(region))
            .or_else(|| hours.get("001"))
    }
}

/// The locale of a function that asks for none.
///
/// # Panics
/// If the data lack it, which a test rules out.
impl Default for Locale {
    fn default() -> Self {
        Self::named(DEFAULT).expect("the data have the default locale")
    }
}

/// The names of all locales.
pub fn all() -> impl Iterator<Item = &'static str> {
    Node::root()
        .get("names")
        .into_iter()
        .flat_map(Node::entries)
        .map(|(name, _)| name)
}

/// CLDR's data about each locale.
pub fn data() -> impl Iterator<Item = Node> {
    let locales = Node::root().get("locales").into_iter();
    locales.flat_map(Node::entries).map(|(_, data)| data)
}

fn likely(language: &str, more: &str) -> Option<&'static str> {
    let likely = Node::root().get("likely")?;
    let key = if more.is_empty() {
        language.to_owned()
    } else {
        format!("{language}-{more}")
    };
    likely
        .get(&key)
        .or_else(|| likely.get(language))
        .map(Node::text)
}

fn likely_region(language: &str, script: &str) -> Option<&'static str> {
    likely(language, script)?.split('-').nth(2)
}

fn likely_script(language: &str, region: &str) -> Option<&'static str> {
    likely(language, region)?.split('-').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest() {
        let nearest = |tag: &str| {
            Tag::parse(tag)
                .and_then(|tag| Locale::nearest(&tag))
                .map(Locale::name)
        };
        for (tag, expected) in [
            ("de-DE", Some("de-DE")),
            ("de-LU", Some("de")),
            ("zh-HK", Some("zh-Hant")),
            ("zh-SG", Some("zh")),
            ("es-PE", Some("es-419")),
            ("en-ZW", Some("en-001")),
            ("no", Some("no")),
            ("sw", None),
            ("en-US-u-hc-h12", Some("en-US")),
        ] {
            assert_eq!(nearest(tag), expected, "{tag}");
        }
        assert_eq!(Locale::default().name(), DEFAULT);
    }

    #[test]
    fn knows_where_a_language_is_spoken() {
        let of = |name: &str| {
            Locale::named(name).map(|locale| (locale.region(), char::from(locale.hour())))
        };
        assert_eq!(of("de"), Some(("DE", 'H')));
        assert_eq!(of("en-GB"), Some(("GB", 'H')));
        assert_eq!(of("zh-Hant"), Some(("TW", 'h')));
        assert_eq!(of("es-419"), Some(("419", 'h')));
    }
}
