//! Capitals and small letters of languages that have their own: Turkish and Azerbaijani an `i` without a dot, Lithuanian one that keeps
//! its dot below an accent, Greek no accents on capitals (Unicode, SpecialCasing.txt, and CLDR).

use icu_casemap::CaseMapper;
use icu_locale_core::LanguageIdentifier;

/// A text in capitals.
pub fn upper(text: &str, language: &str) -> String {
    let text = CaseMapper::new().uppercase_to_string(text, &identifier(language));
    text.into_owned()
}

/// A text in small letters.
pub fn lower(text: &str, language: &str) -> String {
    let text = CaseMapper::new().lowercase_to_string(text, &identifier(language));
    text.into_owned()
}

/// That of no language for what is none.
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
