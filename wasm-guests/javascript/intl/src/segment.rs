//! Ends of characters, words and sentences: `Intl.Segmenter`, by the rules of Unicode Standard Annex 29.
//!
//! Thai, Chinese and Japanese words would need dictionaries. Their texts are split by the rules alone.

use icu_segmenter::{
    GraphemeClusterSegmenter, SentenceSegmenter, WordSegmenter,
    options::{SentenceBreakInvariantOptions, WordBreakInvariantOptions},
};

use crate::digits;

/// Any Katakana letter.
const KATAKANA: u16 = 0x30a2;

/// Kinds of segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// Characters as readers see them.
    Grapheme,
    /// Words and the texts between them.
    Word,
    /// Sentences.
    Sentence,
}

/// Where the segments of a text end, in units of UTF-16, and whether each is a word.
pub fn ends(granularity: Granularity, text: &str) -> Vec<(usize, bool)> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let ends: Vec<usize> = match granularity {
        Granularity::Grapheme => GraphemeClusterSegmenter::new()
            .segment_utf16(&units)
            .collect(),
        Granularity::Word => {
            let classes: Vec<u16> = units.iter().map(|&unit| class_in_words(unit)).collect();
            WordSegmenter::new_for_non_complex_scripts(WordBreakInvariantOptions::default())
                .segment_utf16(&classes)
                .collect()
        }
        Granularity::Sentence => SentenceSegmenter::new(SentenceBreakInvariantOptions::default())
            .segment_utf16(&units)
            .collect(),
    };
    let mut start = 0;
    // The beginning is a boundary that ends no segment.
    let ends = ends.into_iter().filter(|&end| end > 0);
    ends.map(|end| {
        let segment = &units[std::mem::replace(&mut start, end)..end];
        (end, granularity == Granularity::Word && is_word(segment))
    })
    .collect()
}

/// The class of a character in the rules for words. Like ICU, Hangul stays together and apart from letters and numbers,
/// as Katakana does in the annex.
fn class_in_words(unit: u16) -> u16 {
    match unit {
        0xac00..=0xd7a3 => KATAKANA,
        other => other,
    }
}

/// Whether the segment has letters or digits.
fn is_word(segment: &[u16]) -> bool {
    char::decode_utf16(segment.iter().copied())
        .flatten()
        .any(|character| character.is_alphabetic() || digits::is_digit(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(granularity: Granularity, text: &str) -> Vec<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut start = 0;
        let ends = ends(granularity, text).into_iter();
        ends.map(|(end, _)| {
            String::from_utf16_lossy(&units[std::mem::replace(&mut start, end)..end])
        })
        .collect()
    }

    #[test]
    fn takes_texts_apart() {
        assert_eq!(
            segments(Granularity::Grapheme, "e\u{301}👩‍👩‍👧🇩🇪"),
            ["e\u{301}", "👩‍👩‍👧", "🇩🇪"]
        );
        assert_eq!(
            segments(Granularity::Word, "Dr. O'Neil: 3.5!"),
            ["Dr", ".", " ", "O'Neil", ":", " ", "3.5", "!"]
        );
        assert_eq!(segments(Granularity::Word, "안녕3a"), ["안녕", "3a"]);
        assert_eq!(
            segments(Granularity::Sentence, "Press 1. Or press 2? Thanks"),
            ["Press 1. ", "Or press 2? ", "Thanks"]
        );
        assert!(segments(Granularity::Word, "").is_empty());
    }
}
