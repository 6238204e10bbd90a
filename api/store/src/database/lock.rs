//! What a write is about. Two writes with the same lock are one after the other, so that what one of them has read still
//! holds when it writes. What reaches further is held by unique indexes and foreign keys.

use sha2::{Digest as _, Sha256};
use switchhook_runtime::Digest;

use super::postgres::{Kind, Part};

/// A lock by its number, which is the same in all servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    number: Option<i64>,
    /// What calls need and the write may change.
    part: Option<Part>,
}

impl Lock {
    /// The write depends on nothing that it reads.
    pub(crate) fn nothing() -> Self {
        Self {
            number: None,
            part: None,
        }
    }

    /// The first account of a database.
    pub(crate) fn master_account() -> Self {
        Self::of(&["master account"])
    }

    pub(crate) fn account(id: &str) -> Self {
        Self::of(&["account", id]).on(Kind::Account, id)
    }

    pub(crate) fn user(account_id: &str, id: &str) -> Self {
        Self::of(&["user", account_id, id])
    }

    /// A function, or another document of the same database.
    pub(crate) fn document(id: &str) -> Self {
        Self::of(&["document", id]).on(Kind::Function, id)
    }

    pub(crate) fn token(hash: Digest) -> Self {
        let hash = hash.to_string();
        Self::of(&["token", &hash]).on(Kind::Token, &hash)
    }

    pub(crate) fn local_document(id: &str) -> Self {
        Self::of(&["local document", id])
    }

    /// Attempts that are added: who has seen the number of one has seen all below it, whichever server wrote them.
    pub(crate) fn attempts() -> Self {
        Self::of(&["attempts"])
    }

    /// Its number, as PostgreSQL's advisory locks have it.
    pub(super) fn number(&self) -> Option<i64> {
        self.number
    }

    /// What calls need and the write may change.
    pub(super) fn part(self) -> Option<Part> {
        self.part
    }

    fn on(self, kind: Kind, id: &str) -> Self {
        let id = id.to_owned();
        Self {
            part: Some(Part { kind, id }),
            ..self
        }
    }

    fn of(names: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for name in names {
            hasher.update((name.len() as u64).to_be_bytes());
            hasher.update(name);
        }
        let hash = hasher.finalize();
        let mut number = [0; 8];
        number.copy_from_slice(&hash[..8]);
        Self {
            number: Some(i64::from_be_bytes(number)),
            part: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_things_have_different_locks() {
        let locks = [
            Lock::nothing(),
            Lock::master_account(),
            Lock::account("a"),
            Lock::document("a"),
            Lock::local_document("a"),
            Lock::user("a", "b"),
            Lock::user("ab", ""),
        ];
        for (at, lock) in locks.iter().enumerate() {
            let others = &locks[..at];
            assert!(others.iter().all(|other| other.number() != lock.number()));
        }
    }
}
