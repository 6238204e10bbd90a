//! A server of its own for each test, and a client for it.

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

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::{Agent, http::Method};

use crate::database::Database;

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
    // All tests share the cache, whose workers warn when another one was faster.
    command.env("RUST_LOG", "warn,wasmtime_internal_cache=error");
    command
}

/// The same without root's right to write what is read-only, for tests that run as root.
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
    /// What the server was told to listen on.
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

/// A client of a server, for one account.
#[derive(Clone)]
pub(super) struct Client {
    agent: Agent,
    address: String,
    pub(super) account: String,
    pub(super) token: String,
}

/// Time between two requests: a client may send a hundred a second.
const POLLING: Duration = Duration::from_millis(20);

/// After this time an answer is not going to come. Work of low priority takes minutes on a machine that is busy otherwise.
const MAX_WAIT: Duration = Duration::from_mins(5);

/// Repeats a request until there is an answer, because work behind a call takes a moment.
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

/// A reply.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: ureq::http::HeaderMap,
    pub(super) body: Value,
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

    /// A server on a file of SQLite, also where tests run on PostgreSQL.
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
        let client = Client {
            agent: agent(),
            address: api,
            account: credentials["account_id"].as_str().unwrap().into(),
            token: credentials["auth_token"].as_str().unwrap().into(),
        };
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
    /// If the database is a file, which has one server.
    pub(super) fn another(&self) -> Self {
        self.another_on(ANY_PORT)
    }

    /// The same, which listens on this address, also after it was started again.
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
            client: Client {
                agent: agent(),
                address: addresses.api,
                ..self.client.clone()
            },
            api_key: self.api_key.clone(),
            metrics: addresses.metrics,
            couchdb: addresses.couchdb,
        }
    }

    /// Sends a signal.
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

    /// The same by another command for the same program.
    pub(super) fn start_again_by(&mut self, command: Command) {
        let folder = self.folder.path();
        let (process, addresses) = spawn(command, folder, &self.database, &self.listen);
        self.process = process;
        self.client.address = addresses.api;
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

    #[allow(dead_code, reason = "the soak uses it")]
    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The folder that the server was started in.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The log so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(LOG)).unwrap()
    }

    /// The database, behind the server's back.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into()
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

impl Client {
    /// The same client for another listener.
    pub(super) fn at(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// The same account over another connection.
    #[allow(dead_code, reason = "the soak uses it")]
    pub(super) fn with_own_connection(&self) -> Self {
        Self {
            agent: agent(),
            ..self.clone()
        }
    }

    /// The same token for another account.
    pub(super) fn within(&self, account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ..self.clone()
        }
    }

    /// Sends text with the client's token.
    pub(super) fn send(&self, method: Method, path: &str, body: &str) -> Reply {
        self.send_with(method, path, body, &[("x-auth-token", &self.token)])
    }

    /// Sends bytes with the client's token.
    pub(super) fn send_bytes(&self, method: Method, path: &str, body: &[u8]) -> Reply {
        let headers = [
            ("x-auth-token", self.token.as_str()),
            ("content-type", "application/json"),
        ];
        self.request(method, path, body.to_vec(), &headers)
    }

    /// Sends a Wasm module.
    pub(super) fn send_module(&self, method: Method, path: &str, module: &[u8]) -> Reply {
        let headers = [
            ("x-auth-token", self.token.as_str()),
            ("content-type", "application/wasm"),
        ];
        self.request(method, path, module.to_vec(), &headers)
    }

    pub(super) fn send_with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let json = [("content-type", "application/json")];
        self.send_as_is(method, path, body, &[headers, &json].concat())
    }

    /// Sends text with exactly these headers.
    pub(super) fn send_as_is(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.request(method, path, body.as_bytes().to_vec(), headers)
    }

    /// Sends bytes with exactly these headers.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.try_request(method, path, body, headers).unwrap()
    }

    /// Sends text with the client's token to a server that may be killed meanwhile.
    pub(super) fn try_send(&self, method: Method, path: &str, body: &str) -> Option<Reply> {
        let headers = [
            ("x-auth-token", self.token.as_str()),
            ("content-type", "application/json"),
        ];
        let sent = self.try_request(method, path, body.as_bytes().to_vec(), &headers);
        sent.ok()
    }

    fn try_request(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut reply = self.agent.run(request.body(body)?)?;
        let text = reply.body_mut().read_to_string()?;
        Ok(Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }

    /// Gets any URL without a token.
    pub(super) fn get_from(&self, url: &str) -> Reply {
        let mut reply = self.agent.get(url).call().unwrap();
        let text = reply.body_mut().read_to_string().unwrap();
        Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: Value::String(text),
        }
    }

    /// Content type and text of a reply, which need not be JSON.
    pub(super) fn text(&self, path: &str, headers: &[(&str, &str)]) -> (String, String) {
        let mut reply = self.get(path, headers);
        let content_type = reply.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, reply.body_mut().read_to_string().unwrap())
    }

    /// The head of a reply.
    pub(super) fn head_of(&self, path: &str, headers: &[(&str, &str)]) -> ureq::http::HeaderMap {
        self.get(path, headers).headers().clone()
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> ureq::http::Response<ureq::Body> {
        let request = self.agent.get(self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.call().unwrap()
    }

    /// Content type and bytes of a reply, which need not be JSON.
    pub(super) fn download(&self, path: &str) -> (String, Vec<u8>) {
        let request = self
            .agent
            .get(self.url(path))
            .header("x-auth-token", &self.token);
        let mut reply = request.call().unwrap();
        let content_type = reply.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, reply.body_mut().read_to_vec().unwrap())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Host and port.
    pub(super) fn socket(&self) -> &str {
        self.address.strip_prefix("http://").unwrap()
    }

    /// Creates an account below this one. Returns its client.
    pub(super) fn sub_account(&self, name: &str) -> Self {
        let body = json!({"data": {"name": name}}).to_string();
        let path = self.path("?include_api_key=true");
        let created = self.send(Method::PUT, &path, &body);
        assert_eq!(created.status, 201, "{}", created.body);
        self.logged_in(created.body["data"]["api_key"].as_str().unwrap())
    }

    /// A client of the account with an API key, with a new token.
    pub(super) fn logged_in(&self, api_key: &str) -> Self {
        let body = json!({"data": {"api_key": api_key}}).to_string();
        let login = self.send_with(Method::PUT, "/v2/api_auth", &body, &[]);
        assert_eq!(login.status, 201, "{}", login.body);
        Self {
            account: login.body["data"]["account_id"].as_str().unwrap().into(),
            token: login.body["auth_token"].as_str().unwrap().into(),
            ..self.clone()
        }
    }

    /// A client of the same account with another token.
    pub(super) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.into(),
            ..self.clone()
        }
    }

    /// A path of the account.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/v2/accounts/{}{rest}", self.account)
    }

    /// A path of the account's functions.
    pub(super) fn functions(&self, rest: &str) -> String {
        format!("/v2/accounts/{}/functions{rest}", self.account)
    }

    pub(super) fn create(&self, function_js: &str) -> Reply {
        let body = json!({"data": {"name": "test", "function_js": function_js}});
        self.send(Method::PUT, &self.functions(""), &body.to_string())
    }

    /// Creates a function that compiles. Returns its id.
    pub(super) fn created(&self, function_js: &str) -> String {
        let reply = self.create(function_js);
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["data"]["id"].as_str().unwrap().to_owned()
    }

    /// Stores the next revision of a function.
    pub(super) fn update(&self, id: &str, function_js: &str) {
        let body = json!({"data": {"function_js": function_js}}).to_string();
        let reply = self.send(Method::PATCH, &self.functions(&format!("/{id}")), &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
    }

    pub(super) fn run(&self, id: &str, call: &Value) -> Reply {
        let body = json!({"data": call}).to_string();
        self.send(Method::POST, &self.functions(&format!("/{id}/run")), &body)
    }

    /// Runs a function that returns something.
    pub(super) fn result(&self, id: &str, call: &Value) -> Value {
        let mut reply = self.run(id, call);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["data"]["result"].take()
    }

    /// Runs a source without storing it.
    pub(super) fn test(&self, function_js: &str, call: &Value) -> Reply {
        let body = json!({"data": {"function_js": function_js, "call": call}});
        self.send(Method::POST, &self.functions("/test"), &body.to_string())
    }
}
