//! The collations of ICU4X, read in place. `generate/collations` describes the format.

use std::cmp::Ordering;

use icu_collator::provider::{
    CollationData, CollationDiacritics, CollationDiacriticsV1, CollationJamo, CollationJamoV1,
    CollationMetadata, CollationMetadataV1, CollationReordering, CollationReorderingV1,
    CollationRootV1, CollationSpecialPrimaries, CollationSpecialPrimariesV1, CollationTailoringV1,
};
use icu_collections::codepointtrie::{CodePointTrie, CodePointTrieHeader, TrieType};
use icu_normalizer::provider::{Baked, NormalizerNfdDataV1, NormalizerNfdTablesV1};
use icu_provider::{
    DataError, DataMarker, DataPayload, DataProvider, DataRequest, DataResponse, DynamicDataMarker,
};
use zerovec::{ZeroVec, ule::AsULE};

use super::CaseFirst;

/// Written by `generate/collations`.
static DATA: &[u8] = include_bytes!("../../data/collations.bin");

// Indices of the table's words.
const JAMO: usize = 0;
const LAST_PRIMARIES: usize = 2;
const NUMERIC_PRIMARY: usize = 4;
const COUNT: usize = 5;
const HEAD_WORDS: usize = 6;

// Indices of a record's words.
const NAME: usize = 0;
const BITS: usize = 2;
const TRIE: usize = 3;
const INDEX: usize = 9;
const VALUES: usize = 11;
const ELEMENTS: usize = 13;
const SHORT_ELEMENTS: usize = 15;
const CONTEXTS: usize = 17;
const DIACRITICS: usize = 19;
const MIN_HIGH: usize = 21;
const REORDER_TABLE: usize = 22;
const REORDER_RANGES: usize = 24;
const RECORD_WORDS: usize = 26;

/// Bits of `CollationMetadata`.
const HAS_DIACRITICS: u32 = 1 << 4;
const IS_SHIFTED: u32 = 1 << 8;
const HAS_CASE_FIRST: u32 = 1 << 9;
const IS_UPPER_FIRST: u32 = 1 << 10;

/// `CollationSpecialPrimaries` has the last primaries of four kinds of characters; behind them lie the bytes that compress.
const LAST_PRIMARIES_COUNT: usize = 4;

/// One collation of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collation {
    /// Index of the record's first word.
    record: usize,
}

impl Collation {
    /// The collation of languages without their own.
    pub const ROOT: Self = Self { record: HEAD_WORDS };

    /// The collation with this exact name, such as `sv` or `sv@trad`.
    pub fn named(name: &str) -> Option<Self> {
        let (mut low, mut high) = (0, word(COUNT) as usize);
        while low < high {
            let middle = (low + high) / 2;
            let found = Self::at(middle);
            match bytes(found.record + NAME).cmp(name.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(found),
            }
        }
        None
    }

    fn at(index: usize) -> Self {
        Self {
            record: HEAD_WORDS + index * RECORD_WORDS,
        }
    }

    /// All collations, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..word(COUNT) as usize).map(Self::at)
    }

    /// The collation's name.
    pub fn name(self) -> &'static str {
        str::from_utf8(bytes(self.record + NAME)).unwrap_or_default()
    }

    /// Whether the collation ignores spaces and punctuation.
    pub fn ignores_punctuation(self) -> bool {
        self.bits() & IS_SHIFTED != 0
    }

    /// Which case comes first.
    pub fn case_first(self) -> CaseFirst {
        match (self.bits() & HAS_CASE_FIRST, self.bits() & IS_UPPER_FIRST) {
            (0, _) => CaseFirst::Neither,
            (_, 0) => CaseFirst::Lower,
            _ => CaseFirst::Upper,
        }
    }

    fn bits(self) -> u32 {
        word(self.record + BITS)
    }

    fn numbers<T: AsULE>(self, place: usize) -> Result<ZeroVec<'static, T>, DataError> {
        numbers(self.record + place)
    }

    fn data(self) -> Result<CollationData<'static>, DataError> {
        let number = |index: usize| word(self.record + TRIE + index);
        let header = CodePointTrieHeader {
            trie_type: if number(0) == 1 {
                TrieType::Small
            } else {
                TrieType::Fast
            },
            high_start: number(1),
            shifted12_high_start: number(2) as u16,
            index3_null_offset: number(3) as u16,
            data_null_offset: number(4),
            null_value: number(5),
        };
        let trie = CodePointTrie::try_new(header, self.numbers(INDEX)?, self.numbers(VALUES)?);
        Ok(CollationData {
            trie: trie.map_err(|_| DataError::custom("no trie"))?,
            ces: self.numbers(ELEMENTS)?,
            ce32s: self.numbers(SHORT_ELEMENTS)?,
            contexts: self.numbers(CONTEXTS)?,
        })
    }
}

impl DataProvider<CollationRootV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationRootV1>, DataError> {
        response(Self::ROOT.data()?)
    }
}

impl DataProvider<CollationTailoringV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationTailoringV1>, DataError> {
        response(self.data()?)
    }
}

impl DataProvider<CollationMetadataV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationMetadataV1>, DataError> {
        response(CollationMetadata { bits: self.bits() })
    }
}

impl DataProvider<CollationDiacriticsV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationDiacriticsV1>, DataError> {
        let has_own = self.bits() & HAS_DIACRITICS != 0;
        let owner = if has_own { *self } else { Self::ROOT };
        response(CollationDiacritics {
            secondaries: owner.numbers(DIACRITICS)?,
        })
    }
}

impl DataProvider<CollationReorderingV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationReorderingV1>, DataError> {
        response(CollationReordering {
            min_high_no_reorder: word(self.record + MIN_HIGH),
            reorder_table: self.numbers(REORDER_TABLE)?,
            reorder_ranges: self.numbers(REORDER_RANGES)?,
        })
    }
}

impl DataProvider<CollationJamoV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationJamoV1>, DataError> {
        response(CollationJamo {
            ce32s: numbers(JAMO)?,
        })
    }
}

impl DataProvider<CollationSpecialPrimariesV1> for Collation {
    fn load(&self, _: DataRequest) -> Result<DataResponse<CollationSpecialPrimariesV1>, DataError> {
        let bytes = bytes(LAST_PRIMARIES);
        let (last, compressible) = bytes
            .split_at_checked(LAST_PRIMARIES_COUNT * size_of::<u16>())
            .ok_or_else(|| DataError::custom("no primaries"))?;
        response(CollationSpecialPrimaries {
            last_primaries: parsed(last)?,
            numeric_primary: word(NUMERIC_PRIMARY) as u8,
            compressible_bytes: parsed(compressible)?,
        })
    }
}

impl DataProvider<NormalizerNfdDataV1> for Collation {
    fn load(&self, request: DataRequest) -> Result<DataResponse<NormalizerNfdDataV1>, DataError> {
        Baked.load(request)
    }
}

impl DataProvider<NormalizerNfdTablesV1> for Collation {
    fn load(&self, request: DataRequest) -> Result<DataResponse<NormalizerNfdTablesV1>, DataError> {
        Baked.load(request)
    }
}

fn response<M>(data: M::DataStruct) -> Result<DataResponse<M>, DataError>
where
    M: DataMarker + DynamicDataMarker,
    M::DataStruct: Sized,
{
    Ok(DataResponse {
        metadata: Default::default(),
        payload: DataPayload::from_owned(data),
    })
}

/// A word of the table; 0 for an index outside of it, which only a damaged file has.
fn word(index: usize) -> u32 {
    let bytes = DATA.get(index * 4..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The bytes at an offset and of a length that two words of the table give.
fn bytes(place: usize) -> &'static [u8] {
    let table = (HEAD_WORDS + word(COUNT) as usize * RECORD_WORDS) * size_of::<u32>();
    let start = table + word(place) as usize;
    let end = start + word(place + 1) as usize;
    DATA.get(start..end).unwrap_or_default()
}

fn numbers<T: AsULE>(place: usize) -> Result<ZeroVec<'static, T>, DataError> {
    parsed(bytes(place))
}

fn parsed<T: AsULE>(bytes: &'static [u8]) -> Result<ZeroVec<'static, T>, DataError> {
    ZeroVec::parse_bytes(bytes).map_err(|_| DataError::custom("no numbers"))
}
