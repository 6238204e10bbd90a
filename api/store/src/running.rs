//! That one server runs on a database, and not two: a server remembers what it has read, and does not notice what another writes.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

/// What is appended to the database's name: SQLite uses `-wal` and `-shm`.
const SUFFIX: &str = "-server";

/// Why a server cannot have a database.
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

/// A server runs on a database, until this is dropped or the process ends, however it does. Commands that work beside a server do without.
pub struct Running(#[expect(dead_code, reason = "closing it would unlock it")] File);

impl Running {
    /// Locks a file beside the database, which need not be there yet. The file stays; the lock is the kernel's.
    pub fn on(database: &Path) -> Result<Self, RunningError> {
        // One database has one lock, by whichever link it is found.
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
