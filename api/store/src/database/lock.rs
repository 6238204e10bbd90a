//! What a write is about. Two writes with the same lock are one after the other, so that what one of them has read still
//! holds when it writes. What reaches further is held by unique indexes and foreign keys.

use sha2::{Digest as _, Sha256};
use switchhook_runtime::Digest;

/// A lock by its number, which is the same in all servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    number: Option<i64>,
    subject: Option<Subject>,
}

/// What calls need, and a write may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A function, if the document is one.
    Function(String),
    Account(String),
    Token(Digest),
    /// A user who is changed may be logged out.
    TokensOf {
        account_id: String,
        user_id: String,
    },
}

impl Lock {
    /// The write depends on nothing that it reads.
    pub(crate) fn nothing() -> Self {
        Self {
            number: None,
            subject: None,
        }
    }

    /// The first account of a database.
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

    /// A function, or another document of the same database.
    pub(crate) fn document(id: &str) -> Self {
        Self::of(&["document", id]).on(Subject::Function(id.to_owned()))
    }

    pub(crate) fn token(hash: Digest) -> Self {
        Self::of(&["token", &hash.to_string()]).on(Subject::Token(hash))
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
