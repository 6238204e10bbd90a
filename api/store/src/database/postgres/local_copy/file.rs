//! The file of a copy: a database of SQLite with the rows that calls need. What it has is right as of the last write that it
//! knows of. What was written since is not in it.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    super::super::{
        Database, DatabaseError, Location, Rows, ServerLock, Session,
        sqlite::{self, Sqlite},
    },
    Epoch, LocalCopyError, Place,
    parts::{self, CopiedRows, Kind, Part},
};
use crate::StoreError;

/// The largest file. 100,000 functions of usual size take 1 GB.
const MAX_BYTES: i64 = 4 * 1024 * 1024 * 1024;

/// Parts that are copied at once: enough for the round trips not to count, and few enough for memory if all are large.
const BATCH: i64 = 64;

/// What lies beside the file while it is used.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

pub(super) struct CopyFile {
    database: Arc<Database>,
    /// Whether the tables that are copied whole have been copied since the server was started.
    has_whole_tables: AtomicBool,
    #[expect(dead_code, reason = "dropping it would unlock the file")]
    lock: ServerLock,
}

impl CopyFile {
    /// Opens the copy of a database with this name. A file that cannot be used is made anew: it is only a copy.
    pub(super) fn open(path: &Path, of: &str) -> Result<Self, LocalCopyError> {
        let failed = |source| LocalCopyError::File {
            path: path.to_owned(),
            source: Box::new(source),
        };
        make(path).map_err(|source| LocalCopyError::Create {
            path: path.to_owned(),
            source,
        })?;
        let lock = ServerLock::on(&Location::File(path.to_owned()));
        let lock = lock.map_err(|error| failed(error.into()))?;
        let lock = lock.ok_or_else(|| LocalCopyError::Taken(path.to_owned()))?;
        let database = match open(path, of) {
            Ok(database) => database,
            Err(why) => {
                tracing::warn!("the local copy {} is made anew: {why}", path.display());
                for suffix in SUFFIXES {
                    let mut file = path.as_os_str().to_owned();
                    file.push(suffix);
                    // What is still there fails below.
                    let _ = fs::remove_file(PathBuf::from(file));
                }
                make(path).map_err(|source| LocalCopyError::Create {
                    path: path.to_owned(),
                    source,
                })?;
                open(path, of).map_err(failed)?
            }
        };
        Ok(Self {
            database: Arc::new(database),
            has_whole_tables: AtomicBool::new(false),
            lock,
        })
    }

    /// The file as a database to read from.
    pub(super) fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// The last write that the copy knows of, and how long ago it was confirmed that there is none behind it. `None` if
    /// nothing was copied yet.
    pub(super) fn place(&self) -> Result<Option<(Place, Duration)>, StoreError> {
        self.database.in_one_state(|copy| {
            let found: Option<(Option<String>, u32, i64, i64)> = copy.one(
                "SELECT cluster, coalesce(timeline, 0), coalesce(number, 0), confirmed FROM copied",
                &[],
            )?;
            Ok(found.and_then(|(cluster, timeline, number, confirmed)| {
                let cluster = cluster?;
                let place = Place {
                    epoch: Epoch { cluster, timeline },
                    number,
                };
                let age = now().saturating_sub(confirmed);
                Some((place, Duration::from_millis(age.unsigned_abs())))
            }))
        })
    }

    /// Forgets everything. All that calls need is copied again.
    pub(super) fn begin_anew(&self, place: &Place) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            parts::delete_all(copy)?;
            copy.execute("DELETE FROM missing", &[])?;
            copy.execute("UPDATE copied SET round = round + 1, listed = 0", &[])?;
            note(copy, place)
        })
    }

    /// Forgets what was written, to copy it again, and notes how far the writes are known. Without a place, a write of this
    /// server is forgotten ahead of others, and will be noticed again.
    pub(super) fn forget(
        &self,
        parts: impl IntoIterator<Item = Part>,
        place: Option<&Place>,
    ) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            for part in parts {
                part.delete(copy)?;
                let kind = part.kind.name();
                copy.execute(
                    "DELETE FROM missing WHERE kind = ?1 AND id = ?2",
                    &[&kind, &part.id],
                )?;
                copy.execute(
                    "INSERT INTO missing (kind, id) VALUES (?1, ?2)",
                    &[&kind, &part.id],
                )?;
            }
            place.map_or(Ok(()), |place| note(copy, place))
        })
    }

    /// Notes that the copy knows of all writes before now.
    pub(super) fn confirm(&self) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            copy.execute("UPDATE copied SET confirmed = ?1", &[&now()])?;
            Ok(())
        })
    }

    /// Whether something is to be copied.
    pub(super) fn lacks_something(&self) -> Result<bool, StoreError> {
        if !self.has_whole_tables.load(Ordering::Relaxed) {
            return Ok(true);
        }
        self.database.in_one_state(|copy| {
            let sql = "SELECT number IS NOT NULL AND (listed = 0 OR EXISTS (SELECT 1 FROM missing)) FROM copied";
            Ok(copy.only(sql, &[])?)
        })
    }

    /// Copies some of what is missing from a database, in one state of it.
    pub(super) fn fill(&self, from: &Session<'_>) -> Result<(), StoreError> {
        if !self.has_whole_tables.load(Ordering::Relaxed) {
            let read = parts::read_whole(from)?;
            self.database
                .in_transaction(|copy| read.into_iter().try_for_each(|rows| rows.replace(copy)))?;
            self.has_whole_tables.store(true, Ordering::Relaxed);
        }
        let (round, listed): (i64, bool) = self
            .database
            .in_one_state(|copy| copy.only("SELECT round, listed FROM copied", &[]))?;
        if !listed {
            return self.list(from, round);
        }
        let missing = self.next()?;
        for kind in Kind::ALL {
            let these = missing.iter().filter(|(_, part)| part.kind == kind);
            let these: Vec<_> = these
                .map(|(number, part)| (*number, part.id.as_str()))
                .collect();
            if !these.is_empty() {
                let ids = Rows::of(these.iter().map(|(_, id)| *id))?;
                self.keep(&these, parts::read(from, kind, &ids)?)?;
            }
        }
        Ok(())
    }

    /// What is to be copied next, and the numbers under which it is missing.
    pub(super) fn next(&self) -> Result<Vec<(i64, Part)>, DatabaseError> {
        let missing: Vec<(i64, String, String)> = self.database.in_one_state(|copy| {
            copy.all(
                "SELECT number, kind, id FROM missing ORDER BY number LIMIT ?1",
                &[&BATCH],
            )
        })?;
        let parts = missing.into_iter().filter_map(|(number, kind, id)| {
            let kind = Kind::named(&kind)?;
            Some((number, Part { kind, id }))
        });
        Ok(parts.collect())
    }

    /// Notes the ids of all that is to be copied.
    fn list(&self, from: &Session<'_>, round: i64) -> Result<(), StoreError> {
        let mut parts = Vec::new();
        for kind in Kind::ALL {
            let ids: Vec<String> = from.all(kind.list(), &[])?;
            parts.extend(ids.into_iter().map(|id| (kind.name(), id)));
        }
        self.database.in_transaction(|copy| {
            // Otherwise the copy was begun anew meanwhile, and may need what is not in the list.
            let sql = "UPDATE copied SET listed = 1 WHERE round = ?1";
            if copy.execute(sql, &[&round])? == 1 {
                for (kind, id) in &parts {
                    copy.execute(
                        "INSERT INTO missing (kind, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                        &[kind, id],
                    )?;
                }
            }
            Ok(())
        })
    }

    /// Writes what was read of parts that are still missing under the same number. The others were written after they were
    /// read.
    pub(super) fn keep(
        &self,
        missing: &[(i64, &str)],
        read: Vec<CopiedRows>,
    ) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            let mut wanted = HashSet::new();
            for (number, id) in missing {
                let sql = "DELETE FROM missing WHERE number = ?1";
                if copy.execute(sql, &[number])? == 1 {
                    wanted.insert(*id);
                }
            }
            for rows in read {
                rows.write(copy, |id| wanted.contains(id))?;
            }
            Ok(())
        })
    }
}

/// How many parts are to be copied. While that is not known yet, their list counts as one.
pub(crate) fn missing(copy: &Session<'_>) -> Result<i64, DatabaseError> {
    copy.only(
        "SELECT (SELECT count(*) FROM missing) + 1 - listed FROM copied",
        &[],
    )
}

/// Makes an empty file that only the server's own user can read: it has sources, and hashes of tokens.
fn make(path: &Path) -> std::io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop)
}

fn open(path: &Path, of: &str) -> Result<Database, StoreError> {
    let database = Database::Sqlite(Sqlite::open_copy(path, MAX_BYTES)?);
    let steps = sqlite::steps();
    database.in_transaction(|copy| {
        copy.execute(
            "INSERT INTO copied (id, steps, database) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
            &[&steps, &of],
        )?;
        let found: (i64, String) = copy.only("SELECT steps, database FROM copied", &[])?;
        match found == (steps, of.to_owned()) {
            true => Ok(()),
            // It is about another database, or by another version of the program.
            false => Err(DatabaseError::AnotherCopy),
        }
    })?;
    Ok(database)
}

fn note(copy: &Session<'_>, place: &Place) -> Result<(), StoreError> {
    let Place {
        epoch: Epoch { cluster, timeline },
        number,
    } = place;
    copy.execute(
        "UPDATE copied SET cluster = ?1, timeline = ?2, number = ?3, confirmed = ?4",
        &[cluster, &i64::from(*timeline), number, &now()],
    )?;
    Ok(())
}

/// The time in Unix milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
