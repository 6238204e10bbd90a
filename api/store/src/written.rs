//! Writes, as they are reported to memory.

use switchhook_runtime::Digest;

/// A write of a server. Entries in memory that depend on it may be outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A function, its key, or other data that its calls depend on.
    Function {
        /// The function's account.
        account_id: String,
        /// The function.
        id: String,
    },
    /// A document that is no function.
    Document,
    /// An account.
    Account {
        /// The account.
        id: String,
    },
    /// A user of an account.
    User {
        /// The account.
        account_id: String,
        /// The user.
        id: String,
    },
    /// A token, by its hash.
    Token(Digest),
    /// Possibly anything: writes were missed.
    Everything,
}

impl Written {
    /// Reads a row of the table `writes`. An unknown kind comes from a later version of the program, and can be about
    /// anything.
    pub(crate) fn read(kind: &str, account_id: Option<String>, id: String) -> Self {
        match (kind, account_id) {
            ("function", Some(account_id)) => Self::Function { account_id, id },
            ("document", _) => Self::Document,
            ("account", _) => Self::Account { id },
            ("user", Some(account_id)) => Self::User { account_id, id },
            ("token", _) => id.parse().map_or(Self::Everything, Self::Token),
            _ => Self::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use serde_json::Map;

    use super::*;
    use crate::{
        Actor, Location, NextRevision, Quota, Remembered, Revision, Token, UserDraft,
        tests::{draft, reopened, with_account},
        validity::SHARED,
    };

    #[test]
    fn rows_say_what_was_written() {
        let hash = Digest::of(b"token");
        let row = |kind: &str, account_id: Option<&str>, id: &str| {
            Written::read(kind, account_id.map(str::to_owned), id.to_owned())
        };
        assert_eq!(row("token", None, &hash.to_string()), Written::Token(hash));
        assert_eq!(
            row("account", None, "a"),
            Written::Account { id: "a".into() }
        );
        for (kind, account_id, id) in [
            ("token", None, "00"),
            ("token", None, "\u{e9}\u{e9}"),
            ("function", None, "f"),
            ("of the future", Some("a"), "x"),
        ] {
            assert_eq!(row(kind, account_id, id), Written::Everything, "{kind}");
        }
    }

    fn function(id: &str) -> Written {
        Written::Function {
            account_id: "a".into(),
            id: id.into(),
        }
    }

    /// As long as the writes are followed, entries in memory are used without asking the database.
    #[tokio::test]
    async fn an_entry_stays_valid_while_writes_are_confirmed() {
        let (store, _folder) = with_account().await;
        let hour = Duration::from_hours(1);
        let remembered = Remembered::new(100, store.validity(None, hour));
        store.follow(|_| {});
        remembered.loaded(1, "one", remembered.now());
        tokio::time::sleep(2 * SHARED).await;
        while remembered.get(&1).is_none() {
            tokio::task::yield_now().await;
        }
    }

    /// A server reports every write that memory depends on, in the order of the writes, whichever server made it.
    #[tokio::test]
    async fn one_server_hears_of_what_another_writes() {
        let (store, _folder) = with_account().await;
        if let Location::File(_) = store.location {
            return;
        }
        let other = reopened(&store).await;
        store.create_function(draft("keyed")).await.unwrap();
        let compiled = store.create_function(draft("compiled")).await.unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut woken = other.written();
        let hearing = Arc::clone(&heard);
        other.follow(move |written| hearing.lock().unwrap().push(written.clone()));
        // The first report stands for all earlier writes.
        woken.changed().await.unwrap();
        heard.lock().unwrap().clear();

        // A new snapshot changes no call of the function.
        let quota = Quota {
            functions: 10,
            bytes: 10_000,
        };
        let engine = "javascript@1".to_owned();
        let compiled = store.compiled(compiled.id, compiled.revision, None, engine, quota);
        assert!(compiled.await.unwrap());
        let created = store.create_function(draft("f")).await.unwrap();
        let key = ("a".to_owned(), "keyed".to_owned());
        store.set_call_key(key, "key".into(), true).await.unwrap();
        let actor = Actor {
            account_id: "a".into(),
            user_id: None,
        };
        let deleted = store.delete_function("a".into(), created, true, actor.clone(), None);
        deleted.await.unwrap();
        let next = NextRevision {
            id: "d".into(),
            after: None,
            line: vec![Revision::parse("1-a").unwrap()],
        };
        store.write_document(next, Map::new(), false).await.unwrap();
        let user = UserDraft {
            account_id: "a".into(),
            id: "u".into(),
            document: Map::new(),
            login: None,
        };
        store.create_user(user).await.unwrap();
        let token = |expires| Token {
            actor: actor.clone(),
            expires,
        };
        let [revoked, ended] = [Digest::of(b"revoked"), Digest::of(b"ended")];
        store.add_token(ended, token(Some(1))).await.unwrap();
        store.add_token(revoked, token(None)).await.unwrap();
        store.delete_token(revoked).await.unwrap();
        store.revoke(revoked, None).await.unwrap();
        let account = store.account("a".into()).await.unwrap().unwrap();
        store.update_account(account).await.unwrap();

        let expected = [
            function("f"),
            function("keyed"),
            function("f"),
            Written::Document,
            Written::User {
                account_id: "a".into(),
                id: "u".into(),
            },
            Written::Token(ended),
            Written::Token(revoked),
            Written::Account { id: "a".into() },
        ];
        let last = expected.last().cloned();
        while heard.lock().unwrap().last().cloned() != last {
            woken.changed().await.unwrap();
        }
        // A transaction can write the same row twice.
        let mut heard = heard.lock().unwrap().clone();
        heard.dedup();
        assert_eq!(heard, expected);
    }
}
