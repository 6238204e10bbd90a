//! Ensures that only one server runs on a SQLite file, because a server keeps entries in memory and would not notice
//! another server's writes.

use crate::{DatabaseError, Location, database::ServerLock};

/// Why a server cannot run on a database.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    #[error("another server runs on the database {0}")]
    Taken(Location),
    #[error("cannot lock the database {location}")]
    Lock {
        location: Location,
        #[source]
        source: DatabaseError,
    },
}

/// The right to run on a database, until this value is dropped or the process ends. Commands that work beside a server
/// do not need it.
pub struct Running(#[expect(dead_code, reason = "dropping it would unlock it")] ServerLock);

impl Running {
    /// Locks a database.
    pub fn on(location: &Location) -> Result<Self, RunningError> {
        match ServerLock::on(location) {
            Ok(Some(lock)) => Ok(Self(lock)),
            Ok(None) => Err(RunningError::Taken(location.clone())),
            Err(source) => Err(RunningError::Lock {
                location: location.clone(),
                source,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Location::File(folder.path().join(name));
        let first = Running::on(&at("a.db")).unwrap();
        let taken = Running::on(&at("a.db")).err().unwrap();
        assert!(matches!(taken, RunningError::Taken(_)));
        assert!(Running::on(&at("b.db")).is_ok());
        drop(first);
        std::fs::write(folder.path().join("a.db"), "").unwrap();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(folder.path().join("a.db"), link).unwrap();
        let _first = Running::on(&at("a.db")).unwrap();
        assert!(Running::on(&at("link.db")).is_err());
    }
}
