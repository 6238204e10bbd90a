//! The file of a copy: a database of SQLite with the rows that calls need. What it has is right as of the last write that it
//! knows of. What was written since is not in it.

use std::{
    collections::HashSet,
    fs,
    io::{self, Read as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    super::super::{
        Database, DatabaseError, Location, Rows, ServerLock, Session, Subject,
        sqlite::{self, Sqlite},
    },
    super::schema,
    Epoch, LocalCopyError, Place,
    parts::{self, CopiedRows, Kind, Part},
};
use crate::{StoreError, moment::Moment};

/// The largest file. 100,000 functions of usual size take 1 GB.
const MAX_BYTES: i64 = 4 * 1024 * 1024 * 1024;

/// From this size on nothing more is copied. The rest is for what is forgotten, and noted as missing.
const FULL_BYTES: i64 = MAX_BYTES - 256 * 1024 * 1024;

/// Parts that are copied at once: enough for the round trips not to count, and few enough for memory if all are large.
const BATCH: i64 = 64;

/// Parts whose ids are noted as missing in one transaction. Writes of this server wait for it.
const LISTED: usize = 1_000;

/// What lies beside the file while it is used.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Says that a file is a local copy, where SQLite's files say what they are for: `Sh01`. It changes with the rows that are
/// copied, and with `schema/local_copy.sql`.
const APPLICATION: u32 = 0x5368_3031;

/// Read and written by nobody else.
const OWN: u32 = 0o600;

/// The file's header has it there (<https://www.sqlite.org/fileformat2.html>).
const APPLICATION_AT: usize = 68;

pub(super) struct CopyFile {
    database: Arc<Database>,
    /// Whether the tables that are copied whole have been copied since the server was started.
    has_whole_tables: AtomicBool,
    #[expect(dead_code, reason = "dropping it would unlock the file")]
    lock: ServerLock,
}

impl CopyFile {
    /// Opens the copy of a database with this name. A copy that cannot be used is made anew: it is only a copy.
    pub(super) fn open(path: &Path, of: &str) -> Result<Self, LocalCopyError> {
        let failed = |source| LocalCopyError::File {
            path: path.to_owned(),
            source: Box::new(source),
        };
        let create = |source| LocalCopyError::Create {
            path: path.to_owned(),
            source,
        };
        let lock = ServerLock::on(&Location::File(path.to_owned()));
        let lock = lock.map_err(|error| failed(error.into()))?;
        let lock = lock.ok_or_else(|| LocalCopyError::Taken(path.to_owned()))?;
        if !is_own(path).map_err(create)? {
            return Err(LocalCopyError::Other(path.to_owned()));
        }
        make(path).map_err(create)?;
        let database = match open(path, of) {
            Ok(database) => database,
            Err(error) if error.is_unavailable() => return Err(failed(error)),
            Err(error) => {
                tracing::warn!("the local copy {} is made anew: {error}", path.display());
                for suffix in SUFFIXES {
                    let mut file = path.as_os_str().to_owned();
                    file.push(suffix);
                    // What is still there fails below.
                    let _ = fs::remove_file(PathBuf::from(file));
                }
                make(path).map_err(create)?;
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
    pub(super) fn begin_anew(&self, place: &Place, moment: Moment) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            parts::delete_all(copy)?;
            copy.execute("DELETE FROM missing", &[])?;
            copy.execute("UPDATE copied SET round = round + 1, listed = 0", &[])?;
            note(copy, place, moment)
        })
    }

    /// Forgets what was written, to copy it again, and notes how far the writes are known.
    pub(super) fn forget(
        &self,
        parts: impl IntoIterator<Item = Part>,
        place: &Place,
        moment: Moment,
    ) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            for part in parts {
                forget(copy, &part)?;
            }
            note(copy, place, moment)
        })
    }

    /// Forgets what this server has written. The write will be noticed again, in its place.
    pub(super) fn forget_own(&self, subject: &Subject) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            for part in Part::of_subject(copy, subject)? {
                forget(copy, &part)?;
            }
            Ok(())
        })
    }

    /// Notes that the copy knows of all writes before a moment.
    pub(super) fn confirm(&self, moment: Moment) -> Result<(), StoreError> {
        self.database.in_transaction(|copy| {
            copy.execute("UPDATE copied SET confirmed = ?1", &[&unix(moment)])?;
            Ok(())
        })
    }

    /// Whether the file has all that it may have.
    fn is_full(&self) -> Result<bool, DatabaseError> {
        let used = "SELECT (page_count - freelist_count) * page_size
             FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
        let used: i64 = self.database.in_one_state(|copy| copy.only(used, &[]))?;
        Ok(used >= FULL_BYTES)
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
            // The next reads are to see the database as it is when it is known what is missing.
            return Ok(());
        }
        if self.is_full()? {
            return Err(DatabaseError::FullCopy.into());
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
        for parts in parts.chunks(LISTED) {
            self.database.in_transaction(|copy| {
                for (kind, id) in parts {
                    copy.execute(
                        "INSERT INTO missing (kind, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                        &[kind, id],
                    )?;
                }
                Ok::<_, StoreError>(())
            })?;
        }
        self.database.in_transaction(|copy| {
            // Otherwise the copy was begun anew meanwhile, and may need what is not in the list.
            let sql = "UPDATE copied SET listed = 1 WHERE round = ?1";
            copy.execute(sql, &[&round])?;
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

/// Whether a file may be used: there is none, or it is empty or a local copy.
fn is_own(path: &Path) -> io::Result<bool> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut header = Vec::new();
    file.by_ref()
        .take((APPLICATION_AT + size_of::<u32>()) as u64)
        .read_to_end(&mut header)?;
    let application = header.get(APPLICATION_AT..);
    Ok(header.is_empty() || application == Some(APPLICATION.to_be_bytes().as_slice()))
}

/// Makes the file, unless it is there, so that only the server's own user can read it: it has sources, and hashes of tokens.
fn make(path: &Path) -> io::Result<()> {
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(false).mode(OWN);
    let file = options.open(path)?;
    file.set_permissions(fs::Permissions::from_mode(OWN))
}

fn open(path: &Path, of: &str) -> Result<Database, StoreError> {
    let database = Database::Sqlite(Sqlite::open_copy(path, APPLICATION, MAX_BYTES)?);
    let version = format!("{} {}", sqlite::steps(), schema::steps());
    database.in_transaction(|copy| {
        copy.execute(
            "INSERT INTO copied (id, version, database) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
            &[&version, &of],
        )?;
        let found: (String, String) = copy.only("SELECT version, database FROM copied", &[])?;
        match found == (version, of.to_owned()) {
            true => Ok(()),
            // It is about another database, or by another version of the program.
            false => Err(DatabaseError::AnotherCopy),
        }
    })?;
    Ok(database)
}

/// Deletes the rows of a part, and notes it as missing under a new number.
fn forget(copy: &Session<'_>, part: &Part) -> Result<(), StoreError> {
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
    Ok(())
}

fn note(copy: &Session<'_>, place: &Place, moment: Moment) -> Result<(), StoreError> {
    let Place {
        epoch: Epoch { cluster, timeline },
        number,
    } = place;
    copy.execute(
        "UPDATE copied SET cluster = ?1, timeline = ?2, number = ?3, confirmed = ?4",
        &[cluster, &i64::from(*timeline), number, &unix(moment)],
    )?;
    Ok(())
}

/// A moment in Unix milliseconds, which outlive the machine.
fn unix(moment: Moment) -> i64 {
    let age = i64::try_from(moment.elapsed().as_millis()).unwrap_or(i64::MAX);
    now().saturating_sub(age)
}

/// The time in Unix milliseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}
