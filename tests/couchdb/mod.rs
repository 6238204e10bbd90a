//! Tests of the CouchDB listener, with a server and a client.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

mod access;
mod changes;
mod couchbeam;
mod documents;
pub(crate) mod feed;
mod functions;
mod helpers;
mod recordings;
mod replication;
mod replicator;
mod views;

pub(super) const USER: &str = "kazoo";
pub(super) const PASSWORD: &str = "a password: with colons";

/// A running server.
pub(super) struct CouchDb {
    pub(super) server: Server,
    client: Client,
    authorization: String,
    _folder: TempDir,
}

/// `Basic …`
pub(super) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

impl CouchDb {
    pub(super) fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with further settings of `[couchdb]`, and further tables.
    pub(super) fn start_with(config: &str) -> Self {
        Self::with(config, Server::start_with)
    }

    /// Like [`Self::start_with`], but on a SQLite file, even if tests run on PostgreSQL.
    pub(super) fn on_file(config: &str) -> Self {
        Self::with(config, Server::on_file)
    }

    /// Like [`Self::start_with`], with a server that `start` starts.
    pub(crate) fn with(config: &str, start: impl FnOnce(&str) -> Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let password_file = folder.path().join("password");
        std::fs::write(&password_file, format!("{PASSWORD}\nnot this\n")).unwrap();
        let server = start(&format!(
            "[couchdb]\nlisten = \"127.0.0.1:0\"\nusers.{USER}.password_file = {password_file:?}\n{config}"
        ));
        let client = server.client.at(server.couchdb.as_deref().unwrap());
        Self {
            server,
            client,
            authorization: basic(USER, PASSWORD),
            _folder: folder,
        }
    }

    /// `127.0.0.1:…`
    pub(super) fn address(&self) -> String {
        self.client.url("").trim_start_matches("http://").to_owned()
    }

    /// Sends a request with exactly these headers.
    pub(super) fn send_with(
        &self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.client.send_as_is(method, path, body, headers)
    }

    pub(super) fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.send_with(method, path, &body, &headers)
    }

    pub(super) fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &Value::Null)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, body)
    }

    pub(super) fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, body)
    }

    pub(super) fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &Value::Null)
    }

    /// Writes a document and returns its revision.
    pub(super) fn written(&self, id: &str, body: &Value) -> String {
        let reply = self.put(&format!("/functions/{id}"), body);
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["rev"].as_str().unwrap().to_owned()
    }

    /// Reads a document that exists.
    pub(super) fn document(&self, id: &str) -> Value {
        let reply = self.get(&format!("/functions/{id}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

/// A function's document, as KAZOO stores it.
pub(super) fn function(account: &str, function_js: &str) -> Value {
    json!({
        "name": "test", "function_js": function_js, "enabled": true, "language_pack": "javascript",
        "pvt_type": "function", "pvt_account_id": account, "pvt_account_db": "functions", "pvt_vsn": "1",
        "pvt_created": 63_877_458_275_u64, "pvt_modified": 63_877_458_275_u64,
    })
}
