//! The native part of `Intl.Segmenter`.

use javy::quickjs::{Object, Result, function::Func};
use switchhook_intl::segment::{self, Granularity};

pub fn install(native: &Object) -> Result<()> {
    native.set("segments", Func::from(segments))
}

/// For each segment, twice the index of its end, plus one if the segment is a word.
fn segments(granularity: String, text: String) -> Vec<u32> {
    let granularity = match granularity.as_str() {
        "word" => Granularity::Word,
        "sentence" => Granularity::Sentence,
        _ => Granularity::Grapheme,
    };
    let ends = segment::ends(granularity, &text).into_iter();
    ends.map(|(end, is_word)| (end as u32) << 1 | u32::from(is_word))
        .collect()
}
