//! The order of texts: `Intl.Collator`.

mod data;

use std::cmp::Ordering;

use icu_collator::{
    Collator, CollatorPreferences,
    options::{AlternateHandling, CaseLevel, CollatorOptions, Strength},
    preferences::{CollationCaseFirst, CollationNumericOrdering},
};

use crate::locale::Locale;

pub use data::Collation;

/// Which differences between two texts count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sensitivity {
    /// Only letters count: `a` is `á` and `A`.
    Base,
    /// Accents count too: `a` is `A`.
    Accent,
    /// Letters and their case count: `a` is `á`.
    Case,
    /// All differences count.
    Variant,
}

/// Which of a letter's cases comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseFirst {
    /// Capitals.
    Upper,
    /// Small letters.
    Lower,
    /// Neither. Case decides if nothing else differs.
    Neither,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which differences count.
    pub sensitivity: Sensitivity,
    /// Whether numbers in texts are compared as numbers.
    pub is_numeric: bool,
    /// Which case comes first.
    pub case_first: CaseFirst,
    /// Whether spaces and punctuation are ignored.
    pub ignores_punctuation: bool,
}

/// The order of a locale.
pub struct Order(Collator);

impl Order {
    /// An order. `None` if the data are damaged.
    pub fn new(collation: Collation, options: &Options) -> Option<Self> {
        let mut preferences = CollatorPreferences::default();
        preferences.numeric_ordering = Some(if options.is_numeric {
            CollationNumericOrdering::True
        } else {
            CollationNumericOrdering::False
        });
        preferences.case_first = Some(match options.case_first {
            CaseFirst::Upper => CollationCaseFirst::Upper,
            CaseFirst::Lower => CollationCaseFirst::Lower,
            CaseFirst::Neither => CollationCaseFirst::False,
        });
        let mut given = CollatorOptions::default();
        given.strength = Some(match options.sensitivity {
            Sensitivity::Base | Sensitivity::Case => Strength::Primary,
            Sensitivity::Accent => Strength::Secondary,
            Sensitivity::Variant => Strength::Tertiary,
        });
        given.case_level = Some(if options.sensitivity == Sensitivity::Case {
            CaseLevel::On
        } else {
            CaseLevel::Off
        });
        given.alternate_handling = Some(if options.ignores_punctuation {
            AlternateHandling::Shifted
        } else {
            AlternateHandling::NonIgnorable
        });
        let collator = Collator::try_new_unstable(&collation, preferences, given);
        collator.ok().map(Self)
    }

    /// Which of two texts comes first.
    pub fn compare(&self, left: &str, right: &str) -> Ordering {
        self.0.as_borrowed().compare(left, right)
    }
}

/// The collation of a locale: the one of this type, if the locale has it.
pub fn of(locale: Locale, kind: Option<&str>) -> Collation {
    let typed = kind.and_then(|kind| find(locale, &format!("@{kind}")));
    typed
        .or_else(|| find(locale, ""))
        .unwrap_or(Collation::ROOT)
}

/// Whether a locale has a collation of a type.
pub fn has_type(locale: Locale, kind: &str) -> bool {
    find(locale, &format!("@{kind}")).is_some()
}

/// The types of all locales' collations, in alphabetical order.
pub fn types() -> Vec<&'static str> {
    let mut types: Vec<&str> = Collation::all()
        .filter_map(|collation| Some(collation.name().split_once('@')?.1))
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// The collation of the locale itself, or of one of its parents.
fn find(locale: Locale, ending: &str) -> Option<Collation> {
    let mut name = locale.id();
    loop {
        if let Some(found) = Collation::named(&format!("{name}{ending}")) {
            return Some(found);
        }
        name = &name[..name.rfind('-')?];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(locale: &str, kind: Option<&str>, left: &str, right: &str) -> Ordering {
        let locale = Locale::named(locale).unwrap_or_default();
        let options = Options {
            sensitivity: Sensitivity::Variant,
            is_numeric: false,
            case_first: CaseFirst::Neither,
            ignores_punctuation: false,
        };
        let order = Order::new(of(locale, kind), &options);
        order.map_or(Ordering::Equal, |order| order.compare(left, right))
    }

    #[test]
    fn orders_letters_as_each_language_does() {
        use Ordering::{Greater, Less};
        for (locale, kind, left, right, expected) in [
            ("en", None, "ä", "z", Less),
            ("sv", None, "ä", "z", Greater),
            ("sv", None, "å", "ä", Less),
            ("nb", None, "aa", "z", Greater),
            ("de", None, "ä", "ad", Less),
            ("de", Some("phonebk"), "ä", "ad", Greater),
            ("de-AT", Some("phonebk"), "ä", "az", Greater),
            ("cs", None, "ch", "h", Greater),
            ("es", None, "ñ", "nz", Greater),
            ("es", Some("trad"), "ch", "cz", Greater),
            ("fr-CA", None, "côte", "coté", Less),
            ("fr", None, "côte", "coté", Greater),
            ("zh", None, "一", "丁", Greater),
            ("zh-Hant", None, "一", "丁", Less),
            ("ru", None, "я", "z", Less),
        ] {
            assert_eq!(
                compared(locale, kind, left, right),
                expected,
                "{left} and {right} in {locale}"
            );
        }
    }

    #[test]
    fn every_collation_can_be_used() {
        for collation in Collation::all() {
            let options = Options {
                sensitivity: Sensitivity::Case,
                is_numeric: true,
                case_first: collation.case_first(),
                ignores_punctuation: collation.ignores_punctuation(),
            };
            let order = Order::new(collation, &options).map(|order| order.compare("a9", "a10"));
            assert_eq!(order, Some(Ordering::Less), "{}", collation.name());
        }
        assert_eq!(types(), ["compat", "phonebk", "pinyin", "stroke", "trad"]);
    }
}
