//! The names of revisions, as CouchDB makes them.

use sha2::{Digest as _, Sha256};

use super::ids::hex;

/// CouchDB's own hashes have 32 digits, those of other databases that speak its protocol no more than 64.
const MAX_HASH_BYTES: usize = 64;

/// No document is written so often; generations are counted up from those of other databases.
const MAX_GENERATION: i64 = 1 << 50;

/// A CouchDB-style revision: `N-<32 hex>`, N counting up from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// The revision that follows `parent`. Its name depends on the document and on whatever else makes a difference.
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

    /// As it was stored, or is in a reply.
    pub fn read(text: String) -> Self {
        Self(text)
    }

    /// As a client wrote it: a number from 1 on, and what CouchDB makes a hash of.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once('-')?;
        // What would end a text or a list of them has no place in a header.
        let fits = |it: u8| it.is_ascii_graphic() && !matches!(it, b'"' | b'\\' | b',');
        let is_hash = (1..=MAX_HASH_BYTES).contains(&hash.len()) && hash.bytes().all(fits);
        let is_number = number.bytes().all(|it| it.is_ascii_digit());
        let number = number.parse::<i64>().ok()?;
        let is_revision = is_hash && is_number && (1..=MAX_GENERATION).contains(&number);
        is_revision.then(|| Self(format!("{number}-{hash}")))
    }

    /// The revision of this number and hash.
    pub fn of(generation: i64, hash: &str) -> Option<Self> {
        Self::parse(&format!("{generation}-{hash}"))
    }

    /// How many revisions led to it, itself included.
    pub fn generation(&self) -> i64 {
        self.0
            .split('-')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    /// What is behind its number.
    pub fn hash(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, hash)| hash)
    }

    /// `3-9f2c…`: its generation and its digest.
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
