//! A copy of what calls need, in a file of this server. While the database is away, a server that has such a copy answers
//! calls of all functions, and not only of those in its memory. It can also be started.
//!
//! The copy follows the writes of all servers as memory does: what was written is deleted from the copy before it is
//! forgotten in memory, and then copied again. So the copy has nothing that memory was told to forget.

mod file;
mod filling;
mod parts;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    super::{Database, Subject},
    epoch::{Epoch, Place},
    pool::Pool,
};
use crate::{StoreError, Written, moment::Moment};
use file::CopyFile;
pub(in crate::database) use file::missing;
use filling::Filling;
use parts::Part;

/// How long a copy is good for, from the last moment at which the database was there.
const MAX_AGE: Duration = Duration::from_hours(24);

/// Why there is no local copy.
#[derive(Debug, thiserror::Error)]
pub enum LocalCopyError {
    /// A file is the database already, so that there is nothing to copy.
    #[error("a database that is a file needs no local copy")]
    Needless,
    /// The file is something else, and is left as it is.
    #[error("{} is not a local copy", .0.display())]
    Other(PathBuf),
    /// The file cannot be made.
    #[error("cannot write {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Another server uses the file.
    #[error("another server uses {}", .0.display())]
    Taken(PathBuf),
    /// The file cannot be used, not even after it was made anew.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<StoreError>,
    },
}

/// The state of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// So many functions, accounts and tokens are known to be missing.
    Missing(i64),
    /// The file failed.
    Unusable,
}

/// A copy that is kept up to date.
pub(in crate::database) struct LocalCopy {
    file: Arc<CopyFile>,
    filling: Filling,
    /// Whether a write could not be noted in the file. Then nothing in it can be trusted, until it is begun anew.
    failed: AtomicBool,
    /// Whether writes are to be noticed that others made while this server was not connected.
    behind: AtomicBool,
}

impl LocalCopy {
    /// Opens the copy of the database with this name, and fills it from `pool` in the background.
    pub(super) fn open(path: &Path, of: &str, pool: Arc<Pool>) -> Result<Self, LocalCopyError> {
        let file = Arc::new(CopyFile::open(path, of)?);
        Ok(Self {
            filling: Filling::start(Arc::clone(&file), pool),
            file,
            failed: AtomicBool::new(false),
            behind: AtomicBool::new(false),
        })
    }

    /// The copy as a database to read from. `None` if it cannot be trusted.
    pub(in crate::database) fn database(&self) -> Option<Arc<Database>> {
        (!self.has_failed()).then(|| Arc::clone(self.file.database()))
    }

    /// Whether there are writes to notice that others made while this server was not connected.
    pub(in crate::database) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    /// Call this with `true` before the database counts as there, and with `false` once all writes were noticed.
    pub(super) fn set_behind(&self, behind: bool) {
        self.behind.store(behind, Ordering::Relaxed);
    }

    /// The last write that the copy knows of, and the moment before which it knows of all. `None` if the copy is too old,
    /// or has nothing.
    pub(super) fn place(&self) -> Result<Option<(Place, Moment)>, StoreError> {
        let found = self.file.place()?;
        let found = found.filter(|(_, age)| *age < MAX_AGE);
        Ok(found.map(|(place, age)| (place, Moment::ago(age))))
    }

    /// Call this when the database can be reached: what is missing is copied.
    pub(super) fn fill(&self) {
        self.filling.wake();
    }

    /// Copies everything again, as of a place in the order of writes, before which all writes are known since `moment`. May
    /// block.
    pub(super) fn begin_anew(&self, place: &Place, moment: Moment) {
        let begun = self.file.begin_anew(place, moment);
        if begun.is_ok() {
            self.failed.store(false, Ordering::Relaxed);
        }
        self.changed(begun);
    }

    /// Forgets what was written up to a place, and copies it again. A copy that failed is begun anew. May block.
    pub(super) fn noticed(&self, writes: &[Written], place: &Place, moment: Moment) {
        if self.has_failed() || writes.contains(&Written::Everything) {
            return self.begin_anew(place, moment);
        }
        let parts = writes.iter().filter_map(Part::of);
        self.changed(self.file.forget(parts, place, moment));
    }

    /// Forgets what this server itself has written. May block.
    pub(super) fn written(&self, subject: &Subject) {
        if !self.has_failed() {
            self.changed(self.file.forget_own(subject));
        }
    }

    /// Notes that all writes before a moment are known. May block.
    pub(super) fn confirm(&self, moment: Moment) {
        if !self.has_failed()
            && let Err(error) = self.file.confirm(moment)
        {
            tracing::warn!("the local copy looks older than it is: {error}");
        }
    }

    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    fn changed(&self, result: Result<(), StoreError>) {
        match result {
            Ok(()) => self.filling.wake(),
            Err(error) => {
                if !self.failed.swap(true, Ordering::Relaxed) {
                    tracing::error!("the local copy cannot be used until it is made anew: {error}");
                }
            }
        }
    }
}
