//! One of the two databases: requests, and replies that are not trusted.

use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use ureq::{
    Agent,
    http::{Method, Request, header},
    tls::{Certificate, RootCerts, TlsConfig},
};

use super::{
    Address, ReplicationError,
    error::{Fault, shortened},
};

/// Largest reply that is read, and so a bound of the memory that a peer can take: ten of the largest documents that
/// Switchhook stores, or changes with several thousand revisions.
const MAX_REPLY_BYTES: u64 = 32_000_000;

/// Time for a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(10);

/// Longest silence of a peer that has been asked something. As in CouchDB's replicator (`connection_timeout`).
const SILENCE: Duration = Duration::from_secs(30);

/// A database, and how to ask it.
pub(super) struct Peer {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

/// A reply that says that something failed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    error: String,
    reason: String,
}

impl Peer {
    pub(super) fn new(address: &Address) -> Self {
        let mut config = Agent::config_builder()
            // The environment's proxies are for other programs: a peer would be asked through them, with its password.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE));
        if address.url().starts_with("https:") {
            config = config.tls_config(tls());
        }
        let authorization = address.credentials().map(|(name, password)| {
            let credentials = STANDARD.encode(format!("{name}:{password}"));
            format!("Basic {credentials}")
        });
        Self {
            agent: config.build().into(),
            url: address.url().to_owned(),
            authorization,
        }
    }

    /// The address, which names the peer in messages.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Asks for what is below the database, or for the database itself if `path` is empty.
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, ReplicationError> {
        self.ask(&Method::GET, path, &[])
    }

    pub(super) fn post(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Vec<u8>, ReplicationError> {
        self.ask(&Method::POST, path, &json(body))
    }

    pub(super) fn put(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Vec<u8>, ReplicationError> {
        self.ask(&Method::PUT, path, &json(body))
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// If it does not have the form that CouchDB's has.
    pub(super) fn read<'a, T: Deserialize<'a>>(
        &self,
        reply: &'a [u8],
    ) -> Result<T, ReplicationError> {
        serde_json::from_slice(reply).map_err(|error| self.strange(&error.to_string()))
    }

    /// The error for a reply that no CouchDB sends.
    pub(super) fn strange(&self, what: &str) -> ReplicationError {
        self.failed(Fault::Strange(shortened(what)))
    }

    pub(super) fn failed(&self, fault: Fault) -> ReplicationError {
        ReplicationError::Peer {
            peer: self.url.clone(),
            fault,
        }
    }

    fn ask(&self, method: &Method, path: &str, body: &[u8]) -> Result<Vec<u8>, ReplicationError> {
        self.reply(method, path, body).map_err(|fault| {
            let place = path.split('?').next().unwrap_or_default();
            let peer = format!("{}{place}", self.url);
            ReplicationError::Peer { peer, fault }
        })
    }

    fn reply(&self, method: &Method, path: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let sent = if *method == Method::GET {
            self.agent.run(request.body(()).map_err(ureq::Error::from)?)
        } else {
            // CouchDB before 3.0 may acknowledge documents before they are on the disk, unless it is told not to.
            let request = request
                .header(header::CONTENT_TYPE, "application/json")
                .header("x-couch-full-commit", "true");
            self.agent
                .run(request.body(body).map_err(ureq::Error::from)?)
        };
        let mut reply = sent?;
        let status = reply.status();
        let body = reply.body_mut().with_config().limit(MAX_REPLY_BYTES);
        let body = body.read_to_vec()?;
        if status.is_success() {
            return Ok(body);
        }
        let said: Failure = serde_json::from_slice(&body).unwrap_or_default();
        Err(Fault::Status {
            status: status.as_u16(),
            said: said.to_string(),
        })
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self.error.as_str() {
            "" => Ok(()),
            error => write!(
                formatter,
                " {}: {}",
                shortened(error),
                shortened(&self.reason)
            ),
        }
    }
}

/// TLS with the same cryptography as towards PostgreSQL, and the machine's certificates.
fn tls() -> TlsConfig {
    // One that cannot be read is not trusted.
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots
        .iter()
        .map(|root| Certificate::from_der(root).to_owned());
    TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("what is sent has a JSON form: its maps have texts as keys")
}
