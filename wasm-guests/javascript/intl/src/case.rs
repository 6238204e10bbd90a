//! Upper and lower case in languages with rules of their own: Turkish and Azerbaijani have an `i` without a dot,
//! Lithuanian keeps the dot below an accent, Greek capitals have no accents (Unicode, SpecialCasing.txt, and CLDR).

use icu_casemap::CaseMapper;
use icu_locale_core::LanguageIdentifier;

/// The text in upper case.
pub fn upper(text: &str, language: &str) -> String {
    let text = CaseMapper::new().uppercase_to_string(text, &identifier(language));
    text.into_owned()
}

/// The text in lower case.
pub fn lower(text: &str, language: &str) -> String {
    let text = CaseMapper::new().lowercase_to_string(text, &identifier(language));
    text.into_owned()
}

/// The language's identifier; that of no language if the tag is invalid.
fn identifier(language: &str) -> LanguageIdentifier {
    LanguageIdentifier::try_from_str(language).unwrap_or(LanguageIdentifier::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_own() {
        for (language, text, upper_case, lower_case) in [
            ("tr", "iI", "İI", "iı"),
            ("el", "Άλφα", "ΑΛΦΑ", "άλφα"),
            ("lt", "Ì", "Ì", "i\u{307}\u{300}"),
            ("de", "ßI", "SSI", "ßi"),
        ] {
            assert_eq!(upper(text, language), upper_case);
            assert_eq!(lower(text, language), lower_case);
        }
    }
}
