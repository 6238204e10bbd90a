//! The lock of the one server that runs on a file.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::{DatabaseError, Location};

/// Suffix of the lock file. SQLite uses `-wal` and `-shm`.
const SUFFIX: &str = "-server";

/// The right to run on a database, until this value is dropped or the process ends. A PostgreSQL database has no lock,
/// because servers share it.
pub(crate) struct ServerLock(
    #[expect(dead_code, reason = "closing it would unlock it")] Option<File>,
);

impl ServerLock {
    /// Takes the lock. `None` if another server has it.
    pub(crate) fn on(location: &Location) -> Result<Option<Self>, DatabaseError> {
        match location {
            Location::File(path) => Ok(locked_file(path)?.map(|file| Self(Some(file)))),
            Location::Server(_) => Ok(Some(Self(None))),
        }
    }
}

/// Locks a file beside the database. Neither file need exist yet. The lock file is never deleted, and the kernel holds
/// the lock.
fn locked_file(database: &Path) -> Result<Option<File>, DatabaseError> {
    // A database has one lock, even if links lead to it.
    let real = database.canonicalize().unwrap_or_else(|_| database.into());
    let mut path = real.into_os_string();
    path.push(SUFFIX);
    let locked = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(TryLockError::Error)
        .and_then(|file| file.try_lock().map(|()| file));
    match locked {
        Ok(file) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(DatabaseError::LockFile {
            path: path.into(),
            source,
        }),
    }
}
