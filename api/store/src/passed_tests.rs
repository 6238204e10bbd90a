//! Conformance tests that language packs have passed, so that a server need not repeat them at each start.

use std::collections::HashSet;

use switchhook_runtime::Digest;

use super::{Store, StoreError, database::Lock};

impl Store {
    /// Digests of all passed tests. While the database is away, the digests in the local copy.
    pub async fn passed_tests(&self) -> Result<HashSet<Digest>, StoreError> {
        self.or_copy(|store| async move {
            let read = store.read(|session| {
                let tests: Vec<[u8; 32]> = session.all("SELECT test FROM passed_tests", &[])?;
                Ok(tests.into_iter().map(Digest::from).collect())
            });
            read.await
        })
        .await
    }

    /// Adds digests. They are never removed: each has 32 bytes, and a pack may come back.
    pub async fn add_passed_tests(&self, tests: HashSet<Digest>) -> Result<(), StoreError> {
        self.write(Lock::nothing(), move |session| {
            // One statement for each is fast enough, because there are few, and only when a server starts.
            for test in tests {
                session.execute(
                    "INSERT INTO passed_tests (test) VALUES (?1) ON CONFLICT (test) DO NOTHING",
                    &[&test],
                )?;
            }
            Ok(())
        })
        .await
    }
}
