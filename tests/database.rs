//! The database of a server under test.

use std::{
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;

/// The variable with the address of a PostgreSQL database, if tests run on PostgreSQL. New databases are made beside
/// it: see `tests/postgres/run`.
const SERVER: &str = "SWITCHHOOK_TEST_DATABASE";

/// A PostgreSQL server on a busy machine that also runs the tests is not away when it takes a second to answer.
const PATIENTLY: &str = "connect_timeout=30";

#[derive(Clone)]
pub(super) enum Database {
    File(PathBuf),
    /// A database of a PostgreSQL server. It is never dropped, because the server ends with the tests.
    Postgres(String),
}

impl Database {
    /// An empty database.
    pub(super) fn new(folder: &Path) -> Self {
        match env::var(SERVER) {
            Ok(server) => Self::in_postgres(&server),
            Err(_) => Self::file(folder),
        }
    }

    /// A file in a folder.
    pub(super) fn file(folder: &Path) -> Self {
        Self::File(folder.join("switchhook.db"))
    }

    /// A new database on the server of the database with this address.
    pub(super) fn in_postgres(server: &str) -> Self {
        let name = tempfile::Builder::new()
            .prefix("test_")
            .rand_bytes(12)
            .make(|path| Ok(path.to_owned()))
            .unwrap();
        let name = name.path().file_name().unwrap().to_str().unwrap();
        let name = name.to_lowercase();
        psql(server, &format!("CREATE DATABASE {name}"));
        let (base, _) = server.rsplit_once('/').unwrap();
        Self::Postgres(format!("{base}/{name}?{PATIENTLY}"))
    }

    /// The same database at another address, whose silence counts after the usual time.
    pub(super) fn at(&self, server: SocketAddr) -> Self {
        Self::Postgres(format!("postgres://switchhook@{server}/{}", self.name()))
    }

    /// Its name on its server.
    pub(super) fn name(&self) -> String {
        let location = self.location();
        let (_, name) = location.rsplit_once('/').unwrap();
        name.split('?').next().unwrap().to_owned()
    }

    /// The value for `--database`.
    pub(super) fn location(&self) -> String {
        match self {
            Self::File(path) => path.to_str().unwrap().to_owned(),
            Self::Postgres(address) => address.clone(),
        }
    }

    /// The file.
    ///
    /// # Panics
    /// If the database is not a file. Tests of files start their server by `Server::on_file`.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Postgres(_) => panic!("the database is not a file"),
        }
    }

    /// SQLite's files of the database. Empty for PostgreSQL.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let Self::File(path) = self else {
            return Vec::new();
        };
        let files = [path.clone(), path.with_extension("db-wal")];
        files.into_iter().filter(|file| file.exists()).collect()
    }

    /// Opens the file.
    pub(super) fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Runs a statement that both databases understand.
    pub(super) fn execute(&self, sql: &str) {
        match self {
            Self::File(_) => drop(self.open().execute(sql, []).unwrap()),
            Self::Postgres(address) => drop(psql(address, sql)),
        }
    }

    /// The number that a query returns.
    pub(super) fn number(&self, sql: &str) -> i64 {
        match self {
            Self::File(_) => self.open().query_row(sql, [], |row| row.get(0)).unwrap(),
            Self::Postgres(address) => psql(address, sql).trim().parse().unwrap(),
        }
    }
}

fn psql(address: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args([address, "-XqtA", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()
        .expect("psql is installed");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
