//! Revisions of documents of which only the last is kept: accounts and users.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::ids::hex;
use super::{Revision, StoreError};

/// The revision that follows `parent`.
pub(super) fn following(parent: Option<&Revision>, document: &str) -> Revision {
    let parent = parent.map_or("0-", Revision::as_str);
    let generation: u64 = parent
        .split('-')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    let mut hasher = Sha256::new();
    hasher.update(parent);
    hasher.update(document);
    let hash = hex(&hasher.finalize()[..16]);
    Revision::read(format!("{}-{hash}", generation.saturating_add(1)))
}

/// A document as it is stored.
pub(super) fn to_text(
    what: &'static str,
    document: &Map<String, Value>,
) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|source| StoreError::Broken { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_count_and_differ_even_if_the_document_does_not() {
        let first = following(None, "{}");
        let second = following(Some(&first), "{}");
        assert!(first.as_str().starts_with("1-"), "{}", first.as_str());
        assert!(second.as_str().starts_with("2-"), "{}", second.as_str());
        assert_ne!(first.as_str()[2..], second.as_str()[2..]);
    }
}
