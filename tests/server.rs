//! A server of its own for each test.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{client::Client, database::Database};

/// The binary under test.
pub(super) const SWITCHHOOK: &str = env!("CARGO_BIN_EXE_switchhook");

/// The binary with a cache of compiled guests. All tests share the cache, and one of them fills it first.
pub(super) fn switchhook() -> Command {
    static FILL_CACHE: Once = Once::new();
    FILL_CACHE.call_once(|| {
        let function = Path::new(WORKLOADS).join("say_hi.js");
        let status = command()
            .arg("run")
            .arg(function)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "a function can be run");
    });
    command()
}

fn command() -> Command {
    let mut command = Command::new(SWITCHHOOK);
    command.env(
        "XDG_CACHE_HOME",
        concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"),
    );
    // All tests share the cache, and its workers warn when another process was faster.
    command.env("RUST_LOG", "warn,wasmtime_internal_cache=error");
    command
}

/// Like [`switchhook`], but without root's right to write read-only files, for tests that run as root.
pub(super) fn switchhook_without_privileges() -> Command {
    let program = switchhook();
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
    if !is_root {
        return program;
    }
    let mut command = Command::new("setpriv");
    command.args(["--bounding-set=-all", "--inh-caps=-all", SWITCHHOOK]);
    command.envs(
        program
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command
}

/// The folder of the functions that benchmarks and tests measure.
pub(super) const WORKLOADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/workloads");

pub(super) fn workload(name: &str) -> String {
    std::fs::read_to_string(Path::new(WORKLOADS).join(name)).unwrap()
}

pub(super) fn workload_call() -> Value {
    serde_json::from_str(&workload("call.json")).unwrap()
}

/// A port that nobody uses.
const ANY_PORT: &str = "127.0.0.1:0";

/// The log file in a server's folder.
const LOG: &str = "log";

/// A running server. It is killed when dropped.
pub(super) struct Server {
    process: Child,
    folder: TempDir,
    database: Database,
    /// The configured address.
    listen: String,
    /// A client of the master account.
    pub(super) client: Client,
    /// The master account's API key.
    pub(super) api_key: String,
    /// The address of the metrics, if they are configured.
    pub(super) metrics: Option<String>,
    /// The address of the CouchDB listener, if it is configured.
    pub(super) couchdb: Option<String>,
}

/// The addresses of a server's listeners.
struct Addresses {
    api: String,
    metrics: Option<String>,
    couchdb: Option<String>,
}

/// Pause between two requests, because a client may send a hundred a second.
const POLLING: Duration = Duration::from_millis(20);

/// After this time an answer will not come. Work of low priority takes minutes on a machine that is busy otherwise.
const MAX_WAIT: Duration = Duration::from_mins(5);

/// Repeats a request until there is an answer, because background work takes a moment.
pub(super) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + MAX_WAIT;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(POLLING);
    }
}

/// Ends the loops of other threads when it is dropped, also by a panic.
pub(super) struct Over<'a>(pub(super) &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Server {
    /// A server with a new database.
    pub(super) fn start() -> Self {
        Self::start_with("")
    }

    /// A server with a new database and additional configuration.
    pub(super) fn start_with(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path());
        Self::start_on(database, folder, config)
    }

    /// A server on a SQLite file, even if tests run on PostgreSQL.
    pub(super) fn on_file(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::file(folder.path());
        Self::start_on(database, folder, config)
    }

    /// A server on a database.
    pub(super) fn start_on(database: Database, folder: TempDir, config: &str) -> Self {
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        let output = switchhook()
            .args(["bootstrap", "--database", &database.location()])
            .output()
            .unwrap();
        let credentials: Value =
            serde_json::from_slice(&output.stdout).expect("bootstrap prints JSON");
        let (
            process,
            Addresses {
                api,
                metrics,
                couchdb,
            },
        ) = spawn(switchhook(), folder.path(), &database, ANY_PORT);
        let client = Client::new(
            &api,
            credentials["account_id"].as_str().unwrap(),
            credentials["auth_token"].as_str().unwrap(),
        );
        Self {
            process,
            folder,
            database,
            listen: ANY_PORT.into(),
            client,
            api_key: credentials["api_key"].as_str().unwrap().into(),
            metrics,
            couchdb,
        }
    }

    /// Another server on the same database, with the same configuration and the same account.
    ///
    /// # Panics
    /// If the database is a file, because a file has only one server.
    pub(super) fn another(&self) -> Self {
        self.another_on(ANY_PORT)
    }

    /// Like [`Self::another`], on this address, which the server keeps when it is started again.
    pub(super) fn another_on(&self, listen: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = self.folder.path().join("config.toml");
        std::fs::copy(config, folder.path().join("config.toml")).unwrap();
        let (process, addresses) = spawn(switchhook(), folder.path(), &self.database, listen);
        Self {
            process,
            folder,
            database: self.database.clone(),
            listen: listen.into(),
            client: self.client.at(&addresses.api).with_own_connection(),
            api_key: self.api_key.clone(),
            metrics: addresses.metrics,
            couchdb: addresses.couchdb,
        }
    }

    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Sends SIGKILL.
    pub(super) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Sends SIGTERM. The server answers requests in progress, and ends.
    pub(super) fn stop(&mut self) {
        self.signal("TERM");
        assert!(self.process.wait().unwrap().success());
    }

    /// Starts the server again, after it has ended, on the same database.
    pub(super) fn start_again(&mut self) {
        self.start_again_by(switchhook());
    }

    /// Like [`Self::start_again`], by another command for the same program.
    pub(super) fn start_again_by(&mut self, command: Command) {
        let folder = self.folder.path();
        let (process, addresses) = spawn(command, folder, &self.database, &self.listen);
        self.process = process;
        self.client = self.client.at(&addresses.api);
        self.metrics = addresses.metrics;
        self.couchdb = addresses.couchdb;
    }

    /// Starts the server again, after it has ended, on another database.
    pub(super) fn start_on_another(&mut self, database: Database) {
        self.database = database;
        self.start_again();
    }

    /// Kills the server and starts it again on the same database.
    pub(super) fn restart(&mut self) {
        self.kill();
        self.start_again();
    }

    /// Starts the server again on the same database with another configuration.
    pub(super) fn configure(&mut self, config: &str) {
        std::fs::write(self.folder.path().join("config.toml"), config).unwrap();
        self.restart();
    }

    /// The value of a metric, whose name includes its labels.
    pub(super) fn metric(&self, name: &str) -> u64 {
        let text = self.metrics();
        let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        text.lines()
            .find_map(value)
            .unwrap_or_else(|| panic!("there is no {name}: {text}"))
    }

    pub(super) fn metrics(&self) -> String {
        let reply = self.client.get_from(self.metrics.as_ref().unwrap());
        match reply.body {
            Value::String(text) => text,
            body => panic!("not text: {body}"),
        }
    }

    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The server's working folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(LOG)).unwrap()
    }

    /// The database, which tests use without the server's knowledge.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprint!("{}", self.log());
        }
    }
}

fn spawn(
    mut command: Command,
    folder: &Path,
    database: &Database,
    listen: &str,
) -> (Child, Addresses) {
    let mut process = command
        .args(["serve", "--listen", listen, "--config"])
        .arg(folder.join("config.toml"))
        .args(["--database", &database.location()])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(
            File::options()
                .create(true)
                .append(true)
                .open(folder.join(LOG))
                .unwrap(),
        )
        .spawn()
        .unwrap();
    let (mut metrics, mut couchdb) = (None, None);
    let api = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            if let Some(address) = line.strip_prefix("metrics on ") {
                metrics = Some(address.to_owned());
            }
            if let Some(address) = line.strip_prefix("couchdb on ") {
                couchdb = Some(address.to_owned());
            }
            line.strip_prefix("listening on ").map(str::to_owned)
        })
        .expect("the server says where it listens");
    let addresses = Addresses {
        api,
        metrics,
        couchdb,
    };
    (process, addresses)
}
