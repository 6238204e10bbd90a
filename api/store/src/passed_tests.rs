//! Conformance tests that language packs have passed, so that a server need not repeat them at each start.

use std::collections::HashSet;

use switchhook_runtime::Digest;

use super::{Store, StoreError};

impl Store {
    /// Digests of all passed tests.
    pub async fn passed_tests(&self) -> Result<HashSet<Digest>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT test FROM passed_tests")?;
            let tests = statement.query_map([], |row| row.get::<_, [u8; 32]>(0))?;
            Ok(tests
                .map(|test| test.map(Digest::from))
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Adds digests. They are never removed: each has 32 bytes, and a pack may come back.
    pub async fn add_passed_tests(&self, tests: HashSet<Digest>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut statement = transaction
                .prepare("INSERT INTO passed_tests (test) VALUES (?1) ON CONFLICT DO NOTHING")?;
            for test in tests {
                statement.execute([test.as_bytes()])?;
            }
            Ok(())
        })
        .await
    }
}
