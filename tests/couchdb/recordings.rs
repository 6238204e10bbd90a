//! Replays requests that other programs have sent, byte for byte.
//!
//! `recordings/*.http` were recorded between the program and a Switchhook. Each request follows a line `###`. `{{…}}`
//! stands for text that differs each time and has the same length. Lines end in LF in the files and in CRLF on the
//! wire, except for JSON, which has no CRLF.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use super::{CouchDb, PASSWORD, USER, basic};

/// Most characters of a body that are shown.
const MAX_BODY: usize = 1_000;

/// The requests of a recording.
pub(super) fn requests(recording: &str) -> impl Iterator<Item = &str> {
    recording.split("\n###\n").skip(1)
}

/// Sends recorded requests to a CouchDB listener.
pub(super) struct Player {
    address: String,
    connection: BufReader<TcpStream>,
    /// The texts for `{{…}}`.
    names: HashMap<String, String>,
}

/// A reply, uninterpreted.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

impl Player {
    pub(super) fn new(couchdb: &CouchDb) -> Self {
        let address = couchdb.address();
        let names = [
            ("host", address.clone()),
            ("account", couchdb.server.client.account.clone()),
            ("authorization", basic(USER, PASSWORD)),
        ];
        Self {
            connection: connect(&address),
            address,
            names: names.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }

    /// Sends a request over the one connection, and waits for the whole reply.
    pub(super) fn ask(&mut self, request: &str) -> Reply {
        let bytes = self.bytes(request);
        self.connection.get_mut().write_all(&bytes).unwrap();
        let mut reply = head(&mut self.connection);
        let body = match reply.headers.get("content-length") {
            _ if request.starts_with("HEAD ") => Vec::new(),
            Some(length) => {
                let mut body = vec![0; length.parse().unwrap()];
                self.connection.read_exact(&mut body).unwrap();
                body
            }
            None => chunks(&mut self.connection),
        };
        reply.body = String::from_utf8(body).unwrap();
        self.remember(&reply);
        reply
    }

    /// Sends a request over a connection of its own. Returns a reader of everything after the reply's head.
    pub(super) fn open(&self, request: &str) -> BufReader<TcpStream> {
        let mut connection = connect(&self.address);
        connection
            .get_mut()
            .write_all(&self.bytes(request))
            .unwrap();
        assert_eq!(head(&mut connection).status, 200, "{request}");
        connection
    }

    /// Remembers the cookie and the revisions that later requests name.
    fn remember(&mut self, reply: &Reply) {
        if let Some(cookie) = reply.headers.get("set-cookie") {
            let value = cookie.strip_prefix("AuthSession=").unwrap();
            let value = value.split(';').next().unwrap();
            self.names.insert("cookie".into(), value.into());
        }
        let body: Value = serde_json::from_str(&reply.body).unwrap_or_default();
        if let (Some(id), Some(rev)) = (body["id"].as_str(), body["rev"].as_str()) {
            self.names.insert(format!("rev of {id}"), rev.into());
        }
    }

    fn bytes(&self, request: &str) -> Vec<u8> {
        let mut request = request.trim_end().to_owned();
        for (name, value) in &self.names {
            request = request.replace(&format!("{{{{{name}}}}}"), value);
        }
        assert!(!request.contains("{{"), "{request}");
        let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
        let body = body.replace('\n', "\r\n");
        let bytes = format!("{}\r\n\r\n{body}", head.replace('\n', "\r\n"));
        let length = format!("\nContent-Length: {}", body.len());
        assert!(body.is_empty() || head.contains(&length), "{request}");
        bytes.into_bytes()
    }
}

fn connect(address: &str) -> BufReader<TcpStream> {
    BufReader::new(TcpStream::connect(address).unwrap())
}

fn line(connection: &mut impl BufRead) -> String {
    let mut line = String::new();
    connection.read_line(&mut line).unwrap();
    line.strip_suffix("\r\n").unwrap().to_owned()
}

fn head(connection: &mut impl BufRead) -> Reply {
    let status = line(connection);
    let status = status.strip_prefix("HTTP/1.1 ").unwrap();
    let status = status.split(' ').next().unwrap().parse().unwrap();
    let mut headers = HashMap::new();
    loop {
        let line = line(connection);
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    Reply {
        status,
        headers,
        body: String::new(),
    }
}

fn chunks(connection: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line(connection), 16).unwrap();
        let mut chunk = vec![0; length];
        connection.read_exact(&mut chunk).unwrap();
        assert_eq!(line(connection), "");
        if length == 0 {
            return body;
        }
        body.extend(chunk);
    }
}

/// Replays a recording. Returns requests and replies, with fixed names in place of everything that differs each time.
pub(super) fn played(couchdb: &CouchDb, recording: &str) -> String {
    let mut player = Player::new(couchdb);
    let mut said = String::new();
    for request in requests(recording) {
        let reply = player.ask(request);
        let asked = request.lines().next().unwrap();
        let header = |name| reply.headers.get(name).map_or("", String::as_str);
        let headers = [header("content-type"), header("etag")].join(" ");
        let (status, headers) = (reply.status, headers.trim_end());
        let body = cut(reply.body.trim_end());
        let _ = writeln!(said, "{asked}\n{status} {headers}\n{body}\n");
    }
    settled(&said)
}

/// The beginning of a long list of new ids. The cut is never inside an id, which would give another text each time.
fn cut(body: &str) -> &str {
    match body.char_indices().nth(MAX_BODY) {
        Some((end, _)) => body[..end].trim_end_matches(|it: char| it.is_ascii_hexdigit()),
        None => body,
    }
}

/// Ids, hashes and boundaries, replaced by numbers in their order.
fn settled(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut settled = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let hex = rest.find(|it: char| !it.is_ascii_hexdigit());
        let hex = hex.unwrap_or(rest.len());
        let (word, behind) = rest.split_at(hex);
        if word.len() == 32 {
            let known = seen.iter().position(|it| *it == word);
            let number = known.unwrap_or_else(|| {
                seen.push(word);
                seen.len() - 1
            });
            let _ = write!(settled, "<{number}>");
        } else {
            settled.push_str(word);
        }
        let other = behind.find(|it: char| it.is_ascii_hexdigit());
        let (between, next) = behind.split_at(other.unwrap_or(behind.len()));
        settled.push_str(between);
        rest = next;
    }
    settled
}
