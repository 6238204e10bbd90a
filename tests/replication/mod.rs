//! `switchhook replicate`: the real command between real servers, and with peers that only imitate a server.

mod once;
mod refused;
mod secrets;
mod strangers;
mod tls;
mod zones;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    couchdb::{CouchDb, USER},
    memory,
    server::switchhook,
};

/// Tests send more requests than a client may.
const RATE: &str = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";

/// `couchdb::PASSWORD` in an address.
const PASSWORD: &str = "a%20password%3A%20with%20colons";

/// A server on a file: each zone has a database of its own.
fn zone() -> CouchDb {
    CouchDb::on_file(RATE)
}

/// The address of the `functions` database of a listener, or of a proxy in front of the listener.
fn address(listener: &str) -> String {
    format!("http://{USER}:{PASSWORD}@{listener}/functions")
}

/// A running replicator. It is killed when dropped.
struct Replicator(Option<Child>);

/// The end of a replicator: its output and exit status.
#[derive(Debug)]
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Replicator {
    fn start(source: &str, target: &str, flags: &[&str]) -> Self {
        let mut command = switchhook();
        command.arg("replicate").args([source, target]).args(flags);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().unwrap()))
    }

    /// The peak of its memory, in KiB.
    fn peak(&self) -> u64 {
        memory::peak(self.0.as_ref().unwrap().id())
    }

    /// Reads the log up to a line with these words. `ended` returns the rest.
    fn logged(&mut self, words: &str) -> String {
        let stderr = self.0.as_mut().unwrap().stderr.as_mut().unwrap();
        // A buffer of one byte, because a larger one would keep some of the rest.
        let mut lines = BufReader::with_capacity(1, stderr).lines();
        let line = lines.find(|line| line.as_ref().unwrap().contains(words));
        line.expect("the replicator says so").unwrap()
    }

    /// Sends SIGTERM, and waits for the end.
    fn stop(self) -> Ended {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.ended()
    }

    /// Waits for the end.
    fn ended(mut self) -> Ended {
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        Ended {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Drop for Replicator {
    fn drop(&mut self) {
        if let Some(process) = &mut self.0 {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Runs a replicator to its end.
fn replicated(source: &str, target: &str, flags: &[&str]) -> Ended {
    Replicator::start(source, target, flags).ended()
}

impl Ended {
    /// The numbers of checked, read, written and refused documents, for each direction.
    fn counts(&self) -> Vec<[u64; 4]> {
        assert!(self.status.success(), "{self:?}");
        let count = |line: &str| {
            let (_, counts) = line.rsplit_once(": ").unwrap();
            let numbers = counts
                .split(", ")
                .map(|it| it.split(' ').next().unwrap().parse().unwrap());
            numbers.collect::<Vec<_>>().try_into().unwrap()
        };
        self.stdout.lines().map(count).collect()
    }

    /// The error message.
    fn error(&self) -> &str {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stderr.lines().last().unwrap()
    }
}

/// Every document that a listener knows, deleted ones too: id, revision, and whether it is deleted.
fn documents(couchdb: &CouchDb) -> Vec<(String, String, bool)> {
    let changes = couchdb.get("/functions/_changes").body;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let document = |row: &Value| {
        let revision = text(&row["changes"][0]["rev"]);
        (text(&row["id"]), revision, row["deleted"] == true)
    };
    let mut documents: Vec<_> = changes["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(document)
        .collect();
    documents.sort();
    documents
}

/// The result of a function at a zone. `None` if the zone does not have the function.
fn returned(zone: &CouchDb, owner: &Client, id: &str) -> Option<Value> {
    let client = zone.server.client.within(&owner.account);
    let reply = client.run(id, &json!({"n": 1}));
    (reply.status == 200).then(|| reply.body["data"]["result"].clone())
}

/// Changes a function at a zone.
fn change(zone: &CouchDb, owner: &Client, id: &str, function_js: &str) {
    let client = zone.server.client.within(&owner.account);
    client.update(id, function_js);
}

/// Writes this many small documents.
fn fill(couchdb: &CouchDb, count: usize) {
    let documents: Vec<_> = (0..count)
        .map(|n| json!({"_id": format!("d{n}"), "text": "x".repeat(1000)}))
        .collect();
    let body = json!({"docs": documents});
    let reply = couchdb.send(Method::POST, "/functions/_bulk_docs", &body);
    assert_eq!(reply.status, 201, "{}", reply.body);
}
