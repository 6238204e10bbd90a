//! The key of cookies, which all servers on the database share.

use switchhook_runtime::Digest;

use super::{Store, StoreError, database::Lock, ids::random_secret};

const READ: &str = "SELECT key FROM cookie_key";

impl Store {
    /// The key, made at the first request. While the database is away, the key from the local copy.
    pub async fn cookie_key(&self) -> Result<[u8; 32], StoreError> {
        self.or_copy(|store| async move {
            match store.is_copy() {
                // No new key is made here, because no other server would have it.
                true => store.read(|session| Ok(session.only(READ, &[])?)).await,
                false => store.made_cookie_key().await,
            }
        })
        .await
    }

    async fn made_cookie_key(&self) -> Result<[u8; 32], StoreError> {
        let new = Digest::of(random_secret().as_bytes());
        self.write(Lock::nothing(), move |session| {
            session.execute(
                "INSERT INTO cookie_key (id, key) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING",
                &[&new],
            )?;
            Ok(session.only(READ, &[])?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{empty, reopened};

    #[tokio::test]
    async fn all_servers_have_one_key() {
        let (store, _folder) = empty().await;
        let other = reopened(&store).await;
        let (one, another) = tokio::join!(store.cookie_key(), other.cookie_key());
        assert_eq!(one.unwrap(), another.unwrap());
    }
}
