//! Ensures that only one server runs on a database: a server keeps entries in memory, and does not notice writes of
//! another one.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

/// Suffix of the lock file. SQLite uses `-wal` and `-shm`.
const SUFFIX: &str = "-server";

/// Why a server cannot run on a database.
#[derive(Debug, thiserror::Error)]
pub enum RunningError {
    #[error("another server runs on the database {}", database.display())]
    Taken { database: PathBuf },
    #[error("cannot lock {}", path.display())]
    Lock {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// The right to run on a database, until this value is dropped or the process ends. Commands that work beside a server
/// do not need it.
pub struct Running(#[expect(dead_code, reason = "closing it would unlock it")] File);

impl Running {
    /// Locks a file beside the database, which need not exist yet. The file stays, and the kernel holds the lock.
    pub fn on(database: &Path) -> Result<Self, RunningError> {
        // A database has one lock, even if links lead to it.
        let real = database.canonicalize().unwrap_or_else(|_| database.into());
        let mut path = real.into_os_string();
        path.push(SUFFIX);
        let path = PathBuf::from(path);
        let locked = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(TryLockError::Error)
            .and_then(|file| file.try_lock().map(|()| file));
        match locked {
            Ok(file) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(RunningError::Taken {
                database: database.into(),
            }),
            Err(TryLockError::Error(source)) => Err(RunningError::Lock { path, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let first = Running::on(&database).unwrap();
        let taken = Running::on(&database).err().unwrap();
        assert!(matches!(taken, RunningError::Taken { .. }));
        assert!(Running::on(&folder.path().join("b.db")).is_ok());
        drop(first);
        std::fs::write(&database, "").unwrap();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let _first = Running::on(&database).unwrap();
        assert!(Running::on(&link).is_err());
    }
}
