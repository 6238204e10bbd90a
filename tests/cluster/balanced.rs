//! Servers behind a load balancer: HAProxy, as `docs/deploy/compose/haproxy.cfg` configures it.

use std::{
    env,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::json;

use crate::{
    database::Database,
    server::{Over, Server, eventually},
};

const CONFIGURATION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/deploy/compose/haproxy.cfg"
);

/// The servers' names in that configuration.
const NAMES: [&str; 3] = ["one", "two", "three"];

const CALLERS: usize = 4;

/// A running HAProxy.
struct Balancer {
    process: Child,
    socket: PathBuf,
    address: String,
}

impl Balancer {
    fn start(folder: &Path, address: &str, servers: &[String]) -> Self {
        let socket = folder.join("haproxy.sock");
        let mut configuration = String::new();
        for line in std::fs::read_to_string(CONFIGURATION).unwrap().lines() {
            // Only containers find each other by names.
            if line.starts_with("resolvers") {
                break;
            }
            configuration += line.split(" init-addr").next().unwrap();
            configuration += "\n";
            if line == "global" {
                configuration += &format!("stats socket {}\n", socket.display());
            }
        }
        let mut replace = |from: &str, to: &str| {
            assert!(configuration.contains(from), "{from}");
            configuration = configuration.replace(from, to);
        };
        replace("bind :8000", &format!("bind {address}"));
        for (name, server) in NAMES.iter().zip(servers) {
            replace(&format!(" {name}:8000"), &format!(" {server}"));
        }
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, configuration).unwrap();
        let process = Command::new("haproxy")
            .args(["-db", "-f"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("haproxy is installed");
        let balancer = Self {
            process,
            socket,
            address: format!("http://{address}"),
        };
        balancer.until(NAMES.len());
        balancer
    }

    /// Waits until this many servers are up.
    fn until(&self, servers: usize) {
        eventually("the balancer sees the servers", || {
            let mut socket = UnixStream::connect(&self.socket).ok()?;
            socket.write_all(b"show stat\n").ok()?;
            let mut table = String::new();
            socket.read_to_string(&mut table).ok()?;
            let is_up = |line: &&str| {
                let mut fields = line.split(',');
                let name = fields.nth(1);
                name.is_some_and(|name| NAMES.contains(&name)) && fields.any(|it| it == "UP")
            };
            (table.lines().filter(is_up).count() == servers).then_some(())
        });
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// An address that no other test uses, because its host depends on this process.
fn address(port: u16) -> String {
    let [_, high, middle, low] = process::id().to_be_bytes();
    format!("127.{}.{middle}.{low}:{port}", 64 + high)
}

/// An upgrade restarts all servers in this way.
#[test]
fn no_call_fails_while_servers_are_started_again_one_after_the_other() {
    if env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = Database::new(folder.path());
    let settings = "[http]\ndrain_seconds = 5\n[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let first = Server::start_on(database, tempfile::tempdir().unwrap(), settings);
    let addresses: Vec<_> = (1..)
        .map(|at| address(8_000 + at))
        .take(NAMES.len())
        .collect();
    let mut servers: Vec<_> = addresses.iter().map(|it| first.another_on(it)).collect();
    let balancer = Balancer::start(folder.path(), &address(8_000), &addresses);
    let client = first.client.at(&balancer.address);
    let id = client.created("return {n: call.n}");

    let is_over = AtomicBool::new(false);
    let calls: usize = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (client, id, is_over) = (client.with_own_connection(), &id, &is_over);
                scope.spawn(move || {
                    let mut calls = 0;
                    while !is_over.load(Ordering::Relaxed) {
                        let call = json!({"n": calls});
                        assert_eq!(client.result(id, &call), call);
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        let over = Over(&is_over);
        for server in &mut servers {
            server.stop();
            server.start_again();
            balancer.until(NAMES.len());
        }
        drop(over);
        callers.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert!(calls > 0);
}
