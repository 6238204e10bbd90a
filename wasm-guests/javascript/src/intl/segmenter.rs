//! `Intl.Segmenter`, as far as it is no JavaScript.

use javy::quickjs::{Object, Result, function::Func};
use switchhook_intl::segment::{self, Granularity};

pub fn install(native: &Object) -> Result<()> {
    native.set("segments", Func::from(segments))
}

/// Where each segment ends, times two, and one more if it is a word.
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
