//! Hashes of users' passwords, so that a stolen database does not reveal them.
//!
//! Clients send the MD5 or the SHA-1 of "username:password", without the user's name (KAZOO `cb_user_auth.erl`), so
//! users are looked up by their hash. The salt is the account's id. The name is part of the hashed text, so no two
//! users of an account share a hash. Each login costs one hash, whether or not the user and the account exist.

use std::sync::Arc;

use argon2::Argon2;
use md5::Md5;
use sha1::{Digest as _, Sha1};
use switchhook_runtime::Digest;
use switchhook_store::{LoginHashes, ids::hex};
use tokio::{sync::Semaphore, task::JoinError};

/// Most hashes at one time. Each takes 19 MiB and some 20 ms of a core (`argon2`'s defaults, which OWASP recommends).
/// Other logins wait.
const AT_ONCE: usize = 2;

/// Why a hash cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("the password could not be hashed")]
    Argon2(#[from] argon2::Error),
    /// The thread that did the work ended early.
    #[error("the hashing thread failed")]
    Thread(#[from] JoinError),
}

/// Makes hashes, a few at a time.
pub(super) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The hash of what a client sends to log in to an account. The account need not exist.
    pub(super) async fn hash(
        &self,
        account_id: &str,
        credentials: &str,
    ) -> Result<[u8; 32], PasswordError> {
        let salt = Digest::of(account_id.as_bytes());
        let credentials = credentials.to_ascii_lowercase();
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let hash = tokio::task::spawn_blocking(move || {
            // Kept until the hash is made, even if nobody waits for it.
            let _turn = turn;
            let mut hash = [0; 32];
            Argon2::default()
                .hash_password_into(credentials.as_bytes(), salt.as_bytes(), &mut hash)
                .map(|()| hash)
        });
        Ok(hash.await??)
    }

    /// The hashes of both values with which a user can log in.
    pub(super) async fn login(
        &self,
        account_id: &str,
        username: &str,
        password: &str,
    ) -> Result<LoginHashes, PasswordError> {
        let both = format!("{username}:{password}");
        Ok(LoginHashes {
            md5: self.hash(account_id, &hex(&Md5::digest(&both))).await?,
            sha1: self.hash(account_id, &hex(&Sha1::digest(&both))).await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_hash_that_is_given_up_keeps_its_turn_until_it_is_done() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let (go_on, told) = mpsc::channel::<()>();
        runtime.block_on(async {
            let _only_thread = tokio::task::spawn_blocking(move || told.recv());
            let passwords = Passwords::new();
            for left in (0..AT_ONCE).rev() {
                assert!(passwords.hash("a", "b").now_or_never().is_none());
                assert_eq!(passwords.0.available_permits(), left);
            }
            go_on.send(()).unwrap();
            assert!(passwords.hash("a", "b").await.is_ok());
        });
    }

    #[tokio::test]
    async fn hashes_are_those_of_what_clients_send_and_of_their_account_only() {
        let passwords = Passwords::new();
        let login = passwords.login("a", "bob", "secret").await.unwrap();
        // printf bob:secret | md5sum
        let sent = "6ed0eb1e5e7ee5b1ba6a5ae8b4b8a4f1";
        let other = passwords.hash("a", sent).await.unwrap();
        assert_ne!(login.md5, login.sha1);
        let digest = hex(&Md5::digest("bob:secret"));
        assert_eq!(
            passwords.hash("a", &digest.to_uppercase()).await.unwrap(),
            login.md5
        );
        assert_ne!(passwords.hash("b", &digest).await.unwrap(), login.md5);
        assert_ne!(other, login.md5);
    }
}
