//! Locks of writes. Two writes with the same lock run one after the other, so what a write has read still holds when it
//! writes. Unique indexes and foreign keys enforce the rules between different locks.

use sha2::{Digest as _, Sha256};
use switchhook_runtime::Digest;

/// A lock by its number, which is the same in all servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    number: Option<i64>,
    subject: Option<Subject>,
}

/// Data of calls that a write may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A function, if the document is one.
    Function(String),
    Account(String),
    Token(Digest),
    /// The tokens of a user: a write of a user may log the user out.
    TokensOf {
        account_id: String,
        user_id: String,
    },
}

impl Lock {
    /// For a write that depends on nothing it reads.
    pub(crate) fn nothing() -> Self {
        Self {
            number: None,
            subject: None,
        }
    }

    /// For the first account of a database.
    pub(crate) fn master_account() -> Self {
        Self::of(&["master account"])
    }

    pub(crate) fn account(id: &str) -> Self {
        Self::of(&["account", id]).on(Subject::Account(id.to_owned()))
    }

    pub(crate) fn user(account_id: &str, id: &str) -> Self {
        Self::of(&["user", account_id, id]).on(Subject::TokensOf {
            account_id: account_id.to_owned(),
            user_id: id.to_owned(),
        })
    }

    /// For a function, or another document of the `functions` database.
    pub(crate) fn document(id: &str) -> Self {
        Self::of(&["document", id]).on(Subject::Function(id.to_owned()))
    }

    pub(crate) fn token(hash: Digest) -> Self {
        Self::of(&["token", &hash.to_string()]).on(Subject::Token(hash))
    }

    pub(crate) fn local_document(id: &str) -> Self {
        Self::of(&["local document", id])
    }

    /// For adding attempts. A reader who has seen an attempt has seen all attempts with lower numbers, whichever server
    /// wrote them.
    pub(crate) fn attempts() -> Self {
        Self::of(&["attempts"])
    }

    /// The number of the lock as PostgreSQL's advisory lock.
    pub(super) fn number(&self) -> Option<i64> {
        self.number
    }

    pub(super) fn subject(self) -> Option<Subject> {
        self.subject
    }

    fn on(self, subject: Subject) -> Self {
        Self {
            subject: Some(subject),
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
            subject: None,
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
