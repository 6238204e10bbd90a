//! Names of revisions, as CouchDB makes them.

use sha2::{Digest as _, Sha256};

use super::ids::hex;

/// Longest hash. CouchDB's hashes have 32 digits. Other databases with its protocol have hashes of up to 64.
const MAX_HASH_BYTES: usize = 64;

/// Largest generation. No document is written so often, and the generations of other databases are continued here.
const MAX_GENERATION: i64 = 1 << 50;

/// The name of a revision in CouchDB's form: `N-<32 hex>`, where N counts from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// The revision after `parent`. Its hash depends on the document and on `rest`, other data of the write.
    pub fn following(parent: Option<&Self>, deleted: bool, document: &str, rest: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(parent.map_or("", |parent| &parent.0));
        hasher.update([u8::from(deleted)]);
        hasher.update(document);
        hasher.update(rest);
        let hash = hex(&hasher.finalize()[..16]);
        let generation = parent.map_or(1, |parent| parent.generation() + 1);
        Self(format!("{generation}-{hash}"))
    }

    /// A revision from the database or from a reply of this server.
    pub fn read(text: String) -> Self {
        Self(text)
    }

    /// A revision from a client: a number from 1 on, and a hash that CouchDB could have made.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once('-')?;
        // Quotation marks, backslashes and commas would end a text or a list in a header.
        let fits = |it: u8| it.is_ascii_graphic() && !matches!(it, b'"' | b'\\' | b',');
        let is_hash = (1..=MAX_HASH_BYTES).contains(&hash.len()) && hash.bytes().all(fits);
        let is_number = number.bytes().all(|it| it.is_ascii_digit());
        let number = number.parse::<i64>().ok()?;
        let is_revision = is_hash && is_number && (1..=MAX_GENERATION).contains(&number);
        is_revision.then(|| Self(format!("{number}-{hash}")))
    }

    /// The revision with this number and hash.
    pub fn of(generation: i64, hash: &str) -> Option<Self> {
        Self::parse(&format!("{generation}-{hash}"))
    }

    /// The number of revisions in the line up to this one.
    pub fn generation(&self) -> i64 {
        self.0
            .split('-')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    /// The hash, without the number.
    pub fn hash(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, hash)| hash)
    }

    /// The whole name: `3-9f2c…`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_count_and_differ_even_if_the_document_does_not() {
        let first = Revision::following(None, false, "{}", &[]);
        let second = Revision::following(Some(&first), false, "{}", &[]);
        assert_eq!((first.generation(), second.generation()), (1, 2));
        assert_ne!(first.hash(), second.hash());
    }
}
