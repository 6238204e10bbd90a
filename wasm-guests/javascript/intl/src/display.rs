//! Names of languages, scripts, regions, currencies, calendars and kinds of fields: `Intl.DisplayNames`.

use crate::{
    locale::{Locale, Tag},
    tree::Node,
};

/// The names of a locale.
#[derive(Clone, Copy)]
pub struct Names {
    locale: Locale,
    /// Whether short names are preferred.
    pub is_short: bool,
    /// Whether dialects have their own names: `American English` for `en-US`, instead of `English (United States)`.
    pub has_dialects: bool,
}

impl Names {
    /// The full names of a locale.
    pub fn of(locale: Locale) -> Self {
        Self {
            locale,
            is_short: false,
            has_dialects: true,
        }
    }

    /// `Germany` for `DE`.
    pub fn region(self, code: &str) -> Option<&'static str> {
        self.preferred("regionsShort", "regions", code)
    }

    /// `Simplified` for `Hans`.
    pub fn script(self, code: &str) -> Option<&'static str> {
        self.name("scripts", code)
    }

    /// `US Dollar` for `USD`.
    pub fn currency(self, code: &str) -> Option<&'static str> {
        self.locale
            .numbers()
            .find(&["currencies", code, "name"])
            .map(Node::text)
    }

    /// `Gregorian Calendar` for `gregory`.
    pub fn calendar(self, code: &str) -> Option<&'static str> {
        self.name("calendars", code)
    }

    /// `day of the week` for `weekday`, in `long`, `short` or `narrow`.
    pub fn field(self, width: &str, code: &str) -> Option<&'static str> {
        let names = self.locale.find(&["names", "fields", width])?;
        names.get(code).map(Node::text)
    }

    /// `Swiss High German` for `de-CH`, `Serbian (Latin, Serbia)` for `sr-Latn-RS`: ICU's `LocaleDisplayNames` (locdspnm.cpp).
    pub fn language(self, tag: &Tag) -> Option<String> {
        let Tag {
            language,
            script,
            region,
            variants,
            ..
        } = tag;
        // From the most specific match on: the name that was found, and the parts of the tag that it does not cover.
        let dialects = [
            (format!("{language}-{script}-{region}"), false, false),
            (format!("{language}-{script}"), false, true),
            (format!("{language}-{region}"), true, false),
        ];
        let name = |key: &str| self.preferred("languagesShort", "languages", key);
        let dialect = dialects
            .iter()
            .filter(|_| self.has_dialects)
            .find_map(|(key, script, region)| Some((name(key)?, *script, *region)));
        let (name, says_script, says_region) = match dialect {
            Some(dialect) => dialect,
            None => (name(language)?, true, true),
        };
        let script = Some(script).filter(|script| says_script && !script.is_empty());
        let region = Some(region).filter(|region| says_region && !region.is_empty());
        let script = script.map(|code| self.name("scripts", code).unwrap_or(code));
        let region = region.map(|code| self.region(code).unwrap_or(code));
        let details: Vec<&str> = script
            .into_iter()
            .chain(region)
            .chain(variants.iter().map(String::as_str))
            .collect();
        if details.is_empty() {
            return Some(name.to_owned());
        }
        let separator = self.text("separator").replace("{0}", "").replace("{1}", "");
        // Brackets within brackets are square.
        let details = details.join(&separator).replace('(', "[").replace(')', "]");
        Some(
            self.text("pattern")
                .replace("{0}", name)
                .replace("{1}", &details),
        )
    }

    /// The short name, if short names are preferred and there is one. Otherwise the full name.
    fn preferred(self, short: &str, full: &str, key: &str) -> Option<&'static str> {
        let found = if self.is_short {
            self.name(short, key)
        } else {
            None
        };
        found.or_else(|| self.name(full, key))
    }

    fn name(self, table: &str, key: &str) -> Option<&'static str> {
        self.locale.find(&["names", table, key]).map(Node::text)
    }

    fn text(self, key: &str) -> &'static str {
        self.locale.find(&["names", key]).map_or("", Node::text)
    }
}
