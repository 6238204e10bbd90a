//! The lock of the one server that runs on a database.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::{DatabaseError, Location, OnlyServer};

/// Suffix of the lock file. SQLite uses `-wal` and `-shm`.
const SUFFIX: &str = "-server";

/// A lock, until it is dropped or the process ends.
pub(crate) enum ServerLock {
    File(#[expect(dead_code, reason = "closing it would unlock it")] File),
    Server(#[expect(dead_code, reason = "dropping it would unlock it")] OnlyServer),
}

impl ServerLock {
    /// `None` if another server has it.
    pub(crate) fn on(location: &Location) -> Result<Option<Self>, DatabaseError> {
        match location {
            Location::File(path) => Ok(locked_file(path)?.map(Self::File)),
            Location::Server(server) => Ok(OnlyServer::on(server)?.map(Self::Server)),
        }
    }
}

/// Locks a file beside the database, which need not exist yet. The file stays, and the kernel holds the lock.
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
