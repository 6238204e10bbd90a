//! Writes the collations of the guest's locales so that they can be read where they lie (`../../src/collation/data.rs`).
//!
//! The file is a table of little-endian words of 32 bits and, behind it, what its places name. A place is an offset and a length, both in
//! bytes. What occurs twice is there once. The table begins with `HEAD` and has a `RECORD` for each collation, in the order of their names.

use std::collections::HashMap;

use icu_collator::provider::{
    CollationDiacriticsV1, CollationJamoV1, CollationMetadataV1, CollationReorderingV1,
    CollationRootV1, CollationSpecialPrimariesV1, CollationTailoringV1,
};
use icu_provider::prelude::*;
use serde_json::Value;

struct Baked;

const _: () = {
    use icu_collator_data::*;
    mod icu {
        pub use {icu_collator as collator, icu_collections as collections, icu_locale as locale};
    }
    make_provider!(Baked);
    impl_collation_root_v1!(Baked);
    impl_collation_tailoring_v1!(Baked);
    impl_collation_diacritics_v1!(Baked);
    impl_collation_jamo_v1!(Baked);
    impl_collation_metadata_v1!(Baked);
    impl_collation_special_primaries_v1!(Baked);
    impl_collation_reordering_v1!(Baked);
};

/// What the guest calls a collation, and the locale and the type by which ICU4X does. Those of Chinese are the greater part of the file; Korean's
/// order of Han characters, Chinese by Zhuyin and the two of all languages, `emoji` and `eor`, are left out for their size.
const COLLATIONS: [(&str, &str, &str); 27] = [
    ("ar", "ar", ""),
    ("ar@compat", "ar", "compat"),
    ("cs", "cs", ""),
    ("da", "da", ""),
    ("de-AT@phonebk", "de-AT", "phonebk"),
    ("de@phonebk", "de", "phonebk"),
    ("el", "el", ""),
    ("es", "es", ""),
    ("es@trad", "es", "trad"),
    ("fi", "fi", ""),
    ("fi@trad", "fi", "trad"),
    ("fr-CA", "fr-CA", ""),
    ("he", "he", ""),
    ("hi", "hi", ""),
    ("ja", "ja", ""),
    ("ko", "ko", ""),
    ("nb", "no", ""),
    ("pl", "pl", ""),
    ("ru", "ru", ""),
    ("sv", "sv", ""),
    ("sv@trad", "sv", "trad"),
    ("th", "th", ""),
    ("tr", "tr", ""),
    ("uk", "uk", ""),
    ("vi", "vi", ""),
    ("vi@trad", "vi", "trad"),
    ("zh", "und-Hans", ""),
];
const HAN: [(&str, &str, &str); 3] = [
    ("zh-Hant", "und-Hant", ""),
    ("zh@pinyin", "und-Hani", "pinyin"),
    ("zh@stroke", "und-Hani", "stroke"),
];

/// What a collation has of its own: bits of `CollationMetadata`.
const IS_TAILORED: u32 = 1 << 3;
const HAS_DIACRITICS: u32 = 1 << 4;
const IS_REORDERED: u32 = 1 << 5;

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    known: HashMap<Vec<u8>, u32>,
}

impl File {
    fn place(&mut self, bytes: Vec<u8>) -> [u32; 2] {
        let (end, length) = (self.bytes.len() as u32, bytes.len() as u32);
        let start = *self.known.entry(bytes).or_insert_with_key(|bytes| {
            self.bytes.extend_from_slice(bytes);
            end
        });
        [start, length]
    }

    /// Numbers of a width in bytes.
    fn numbers(&mut self, list: &Value, width: usize) -> [u32; 2] {
        let numbers = list.as_array().into_iter().flatten();
        let bytes = numbers.flat_map(|number| {
            number.as_u64().expect("a number").to_le_bytes()[..width].to_owned()
        });
        let bytes = bytes.collect();
        self.place(bytes)
    }

    fn trie_and_tables(&mut self, data: &Value) -> Vec<u32> {
        let header = &data["trie"]["header"];
        let number = |key: &str| header[key].as_u64().map_or(0, |number| number as u32);
        let is_small = u32::from(header["trie_type"] == "Small");
        let mut words = vec![
            is_small,
            number("high_start"),
            number("shifted12_high_start"),
            number("index3_null_offset"),
            number("data_null_offset"),
            number("null_value"),
        ];
        words.extend(self.numbers(&data["trie"]["index"], 2));
        words.extend(self.numbers(&data["trie"]["data"], 4));
        words.extend(self.numbers(&data["ces"], 8));
        words.extend(self.numbers(&data["ce32s"], 4));
        words.extend(self.numbers(&data["contexts"], 2));
        words
    }
}

fn value<M>(request: DataRequest) -> Value
where
    M: DataMarker,
    M::DataStruct: Sized,
    for<'a> <M::DataStruct as yoke::Yokeable<'a>>::Output: serde::Serialize,
    Baked: DataProvider<M>,
{
    let response: DataResponse<M> = Baked.load(request).expect("ICU4X has it");
    serde_json::to_value(response.payload.get()).expect("it can be written")
}

fn main() {
    let mut file = File::default();
    let mut table = Vec::new();
    let special = value::<CollationSpecialPrimariesV1>(DataRequest::default());
    table.extend(file.numbers(
        &value::<CollationJamoV1>(DataRequest::default())["ce32s"],
        4,
    ));
    table.extend(file.numbers(&special["last_primaries"], 2));
    table.push(special["numeric_primary"].as_u64().expect("a number") as u32);
    let mut collations = vec![("", "und", "")];
    collations.extend(COLLATIONS);
    collations.extend(HAN);
    collations.sort_unstable();
    table.push(collations.len() as u32);
    for (name, locale, kind) in collations {
        let locale: DataLocale = locale.parse().expect("a locale");
        let id = DataIdentifierBorrowed::for_marker_attributes_and_locale(
            DataMarkerAttributes::from_str_or_panic(kind),
            &locale,
        );
        let request = DataRequest {
            id,
            ..DataRequest::default()
        };
        let mut bits = value::<CollationMetadataV1>(request)["bits"]
            .as_u64()
            .expect("bits") as u32;
        // Hangul are in their order without it.
        if name == "ko" {
            bits &= !IS_TAILORED;
        }
        let data = match name {
            "" => value::<CollationRootV1>(DataRequest::default()),
            _ if bits & IS_TAILORED != 0 => value::<CollationTailoringV1>(request),
            _ => Value::Null,
        };
        let reordering = if bits & IS_REORDERED != 0 {
            value::<CollationReorderingV1>(request)
        } else {
            Value::Null
        };
        let diacritics = if name.is_empty() || bits & HAS_DIACRITICS != 0 {
            value::<CollationDiacriticsV1>(request)
        } else {
            Value::Null
        };
        let before = file.bytes.len();
        table.extend(file.place(name.as_bytes().to_owned()));
        table.push(bits);
        table.extend(file.trie_and_tables(&data));
        table.extend(file.numbers(&diacritics["secondaries"], 2));
        table.push(
            reordering["min_high_no_reorder"]
                .as_u64()
                .unwrap_or_default() as u32,
        );
        table.extend(file.numbers(&reordering["reorder_table"], 1));
        table.extend(file.numbers(&reordering["reorder_ranges"], 4));
        println!("{name}: {} bytes", file.bytes.len() - before);
    }
    let mut bytes: Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.extend(file.bytes);
    std::fs::write("../../data/collations.bin", &bytes).expect("the folder is there");
    println!("{} bytes in all", bytes.len());
}
