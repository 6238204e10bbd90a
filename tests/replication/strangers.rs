//! Peers whose replies differ from CouchDB's.

use std::{
    io::{BufRead, BufReader, Read as _, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use serde_json::{Value, json};

use super::{Replicator, replicated};
use crate::server::eventually;

/// A server that answers every request in one way, on a thread that ends with the process.
struct Stranger {
    address: String,
    written: Arc<AtomicUsize>,
}

/// Writes a reply to a request for a path.
type Answer = dyn Fn(&str, &mut dyn Write) -> std::io::Result<()> + Send + Sync;

/// Counts the bytes that a client has taken.
struct Counted(TcpStream, Arc<AtomicUsize>);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = self.0.write(bytes)?;
        self.1.fetch_add(length, Ordering::Relaxed);
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Stranger {
    fn start(answer: Box<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/db", listener.local_addr().unwrap());
        let written = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&written);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // If a client has gone, the next one is served.
                let _ = serve(client, &answer, &counted);
            }
        });
        Self { address, written }
    }

    /// Answers with this status and JSON.
    fn with(reply: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::start(Box::new(move |path, client| {
            let (status, body) = reply(path);
            let length = body.len();
            write!(
                client,
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
        }))
    }

    /// The error of a replication with this peer on both sides.
    fn error(&self) -> String {
        let ended = replicated(&self.address, &self.address, &[]);
        ended.error().replace(&self.address, "PEER")
    }
}

/// Answers one request and closes the connection.
fn serve(client: TcpStream, answer: &Answer, written: &Arc<AtomicUsize>) -> std::io::Result<()> {
    let mut lines = BufReader::new(client.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    lines.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    std::io::copy(&mut lines.take(length), &mut std::io::sink())?;
    let path = first.split(' ').nth(1).unwrap_or_default();
    answer(path, &mut Counted(client, Arc::clone(written)))
}

/// The replies of a CouchDB with one document, as the source and as the target.
fn honest(path: &str) -> (u16, String) {
    let place = path.strip_prefix("/db").unwrap_or(path);
    let place = place.split(['?', '/']).nth(1).unwrap_or_default();
    let (status, body) = match place {
        "" => (200, json!({"db_name": "db"})),
        "_changes" if path.contains("since=0") => (
            200,
            json!({"results": [{"seq": "1-x", "id": "d", "changes": [{"rev": "1-a"}]}], "last_seq": "1-x"}),
        ),
        "_changes" => (200, json!({"results": [], "last_seq": "1-x"})),
        "_revs_diff" => (200, json!({"d": {"missing": ["1-a"]}})),
        "_bulk_get" => (
            200,
            json!({"results": [{"id": "d", "docs": [{"ok": {"_id": "d", "_rev": "1-a"}}]}]}),
        ),
        "_bulk_docs" => (201, json!([])),
        "_local" => (201, json!({"ok": true, "id": "x", "rev": "0-1"})),
        _ => (404, json!({"error": "not_found", "reason": "missing"})),
    };
    (status, body.to_string())
}

/// A reply to a request for the document `d`.
fn bulk_get(found: &Value) -> Value {
    json!({"results": [{"id": "d", "docs": [found]}]})
}

/// Replies honestly, except to requests for one path.
fn but(place: &'static str, reply: Value) -> Stranger {
    Stranger::with(move |path| match path.contains(place) {
        true => (200, reply.to_string()),
        false => honest(path),
    })
}

#[test]
fn the_replies_of_these_tests_are_else_those_of_a_couchdb() {
    let peer = Stranger::with(honest);
    let ended = replicated(&peer.address, &peer.address, &[]);
    assert_eq!(ended.counts(), [[1, 1, 1, 0]]);
}

#[test]
fn a_peer_that_is_no_couchdb_is_named_in_a_sentence() {
    let expected = "switchhook: PEER answers with what no CouchDB does: ";
    for body in ["<html>", "", "{}", "[]", "\u{0}", "{\"db_name\": 1}"] {
        let error = Stranger::with(|_| (200, body.to_owned())).error();
        assert!(error.starts_with(expected), "{body}: {error}");
    }
    let deep = Stranger::with(|_| (200, "[".repeat(1_000_000))).error();
    assert!(deep.starts_with(expected), "{deep}");
    let moved = Stranger::with(|_| (301, String::new())).error();
    assert!(moved.starts_with("switchhook: PEER answers 301"), "{moved}");
    let no_http = Stranger::start(Box::new(|_, client| client.write_all(b"SSH-2.0-x\r\n\r\n")));
    let error = no_http.error();
    assert!(
        error.starts_with("switchhook: PEER cannot be asked: "),
        "{error}"
    );
}

#[test]
fn what_a_peer_makes_up_is_not_believed() {
    let row = |id: &str| json!({"seq": "1-x", "id": id, "changes": [{"rev": "1-a"}]});
    for (place, reply, expected) in [
        (
            "_changes",
            json!({"results": []}),
            "missing field `last_seq`",
        ),
        (
            "_changes",
            json!({"results": [], "last_seq": null}),
            "a sequence that is null",
        ),
        (
            "_changes",
            json!({"results": [], "last_seq": "1".repeat(8_000)}),
            "a sequence of more than 8000 bytes",
        ),
        (
            "_changes",
            json!({"results": [row("d")], "last_seq": 0}),
            "do not say where they end",
        ),
        (
            "_changes",
            json!({"results": [{"seq": 1, "id": "d"}], "last_seq": 1}),
            "missing field `changes`",
        ),
        (
            "_changes",
            json!({"results": vec![row("d"); 501], "last_seq": 1}),
            "more changes than",
        ),
        (
            "_revs_diff",
            json!({"_local/x": {"missing": ["1-a"]}}),
            "revisions that it was not asked for",
        ),
        (
            "_revs_diff",
            json!({"d": {"missing": ["9-z"]}}),
            "revisions that it was not asked for",
        ),
        (
            "_bulk_get",
            bulk_get(&json!({"ok": {"_id": "_local/x", "_rev": "1-a"}})),
            "a document that was not asked for",
        ),
        (
            "_bulk_get",
            bulk_get(&json!({"ok": {"_id": "d", "_rev": "1-b"}})),
            "a document that was not asked for",
        ),
        ("_bulk_get", bulk_get(&json!({"ok": "d"})), "invalid type"),
        (
            "_bulk_get",
            json!({"results": []}),
            "no answer for a document",
        ),
        (
            "_bulk_get",
            bulk_get(&json!({})),
            "no answer for a document",
        ),
        (
            "_bulk_docs",
            json!(vec![json!({"id": "d", "error": "forbidden"}); 2]),
            "more refusals than",
        ),
        ("_local", json!({"_id": "_local/x"}), "missing field `rev`"),
    ] {
        let error = but(place, reply.clone()).error();
        assert!(error.contains(expected), "{reply}: {error}");
    }
    // Local documents are not replicated, even if a peer lists them.
    let local = but(
        "_changes",
        json!({"results": [row("_local/x")], "last_seq": 1}),
    );
    let ended = replicated(&local.address, &local.address, &[]);
    assert_eq!(ended.counts(), [[0, 0, 0, 0]]);
}

#[test]
fn a_reply_without_end_takes_no_memory_without_end() {
    let endless = Stranger::start(Box::new(|_, client| {
        client.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"db_name\": \"")?;
        loop {
            client.write_all(&[b'x'; 64 * 1024])?;
        }
    }));
    let error = endless.error();
    assert_eq!(
        error,
        "switchhook: PEER answers with more than 32000000 bytes"
    );
    // The rest of the written bytes waits in the kernel.
    let written = endless.written.load(Ordering::Relaxed);
    assert!(written < 64_000_000, "{written}");
}

/// A document can be replaced, or lose, between its listing and its reading.
#[test]
fn a_document_can_be_newer_than_was_asked_for_or_gone() {
    for (found, expected) in [
        (json!({"ok": {"_id": "d", "_rev": "2-b"}}), [1, 1, 1, 0]),
        (
            json!({"error": {"id": "d", "error": "not_found"}}),
            [1, 0, 0, 0],
        ),
        (json!({"missing": "1-a"}), [1, 0, 0, 0]),
    ] {
        let peer = but("_bulk_get", bulk_get(&found));
        let ended = replicated(&peer.address, &peer.address, &[]);
        assert_eq!(ended.counts(), [expected], "{found}");
    }
}

/// Memory for the largest reply and for the program, in KiB.
const ALLOWED_KIB: u64 = 192 * 1024;

#[test]
fn a_reply_takes_no_more_memory_than_its_size_would_have_one_think() {
    let zeros = format!("[{}0]", "0,".repeat(15_900_000));
    let sequence = format!("{{\"results\": [], \"last_seq\": {zeros}}}");
    let error = Stranger::with(move |path| match path.contains("_changes") {
        true => (200, sequence.clone()),
        false => honest(path),
    })
    .error();
    assert!(error.contains("a sequence of more than"), "{error}");

    // The reply is not a checkpoint, and the replicator is continuous.
    let checkpoint = format!("{{\"_rev\": \"0-1\", \"history\": {zeros}}}");
    let (waits, waiting) = mpsc::channel();
    let asked = AtomicUsize::new(0);
    let peer = Stranger::with(move |path| match path {
        // Both databases are asked for the checkpoint before it is written.
        _ if path.contains("_local") && asked.fetch_add(1, Ordering::Relaxed) < 2 => {
            (200, checkpoint.clone())
        }
        _ => {
            if path.contains("longpoll") {
                let _ = waits.send(());
            }
            honest(path)
        }
    });
    let replicator = Replicator::start(&peer.address, &peer.address, &["--continuous"]);
    eventually("the replicator waits", || waiting.try_recv().ok());
    let peak = replicator.peak();
    assert!(peak < ALLOWED_KIB, "{peak} KiB");
    assert_eq!(replicator.stop().counts(), [[1, 1, 1, 0]]);
}

#[test]
fn a_peer_that_is_busy_is_asked_again() {
    let asked = AtomicUsize::new(0);
    let busy = Stranger::with(move |path| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => {
            let failure = json!({"error": "service unavailable", "reason": "later"});
            (503, failure.to_string())
        }
        1 => (429, String::new()),
        _ => honest(path),
    });
    let ended = replicated(&busy.address, &busy.address, &[]);
    assert_eq!(ended.counts(), [[1, 1, 1, 0]]);
    assert!(
        ended
            .stderr
            .contains("answers 503 service unavailable: later; the next try"),
        "{ended:?}"
    );

    // A document that cannot be served now is requested again. A document that can never be served is left out.
    for (error, expected) in [
        ("service unavailable", [1, 1, 1, 0]),
        ("internal_server_error", [1, 1, 1, 0]),
        ("unknown_error", [1, 1, 1, 0]),
        ("forbidden", [1, 0, 0, 1]),
    ] {
        let asked = AtomicUsize::new(0);
        let failing = Stranger::with(move |path| {
            match path.contains("_bulk_get") && asked.fetch_add(1, Ordering::Relaxed) == 0 {
                true => {
                    let failure =
                        json!({"error": {"id": "d", "rev": "1-a", "error": error, "reason": "x"}});
                    (200, bulk_get(&failure).to_string())
                }
                false => honest(path),
            }
        });
        let ended = replicated(&failing.address, &failing.address, &[]);
        assert_eq!(ended.counts(), [expected], "{error}");
    }
}

/// The changes of a source with this many documents, and the missing revisions of an empty target.
fn documents(count: usize) -> (Value, Value) {
    let rows: Vec<_> = (0..count)
        .map(|n| json!({"id": format!("d{n}"), "changes": [{"rev": "1-a"}]}))
        .collect();
    let missing: serde_json::Map<_, _> = (0..count)
        .map(|n| (format!("d{n}"), json!({"missing": ["1-a"]})))
        .collect();
    let changes = json!({"results": rows, "last_seq": "1-x"});
    (changes, Value::Object(missing))
}

/// A fault of the peer leaves no document out, and a fault at one document stops no other.
#[test]
fn documents_that_fail_again_and_again_are_tried_one_at_a_time() {
    let (changes, missing) = documents(3);
    let asked = AtomicUsize::new(0);
    let peer = Stranger::with(move |path| {
        let body = match path {
            _ if path.contains("since=0") => changes.to_string(),
            _ if path.contains("_revs_diff") => missing.to_string(),
            _ if path.contains("_bulk_get") => {
                let asked = asked.fetch_add(1, Ordering::Relaxed);
                // Requests all three documents four times. Then requests one at a time: first all fail, and at last
                // only the second.
                let those = match asked {
                    0..4 => 0..3,
                    _ => (asked - 4) % 3..(asked - 4) % 3 + 1,
                };
                let row = |n: usize| {
                    let id = format!("d{n}");
                    let doc = match asked < 7 || n == 1 {
                        true => {
                            json!({"error": {"id": id, "error": "unknown_error", "reason": "x"}})
                        }
                        false => json!({"ok": {"_id": id, "_rev": "1-a"}}),
                    };
                    json!({"id": id, "docs": [doc]})
                };
                let rows: Vec<_> = those.map(row).collect();
                json!({"results": rows}).to_string()
            }
            _ => return honest(path),
        };
        (200, body)
    });
    let ended = replicated(&peer.address, &peer.address, &[]);
    assert_eq!(ended.counts(), [[3, 2, 2, 1]]);
    let left_out: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.contains("goes on without"))
        .collect();
    assert!(
        matches!(left_out[..], [line] if line.contains("without the document d1")),
        "{ended:?}"
    );
}

/// Some refusals name no document, such as CouchDB's for missing attachments.
#[test]
fn a_batch_that_is_refused_is_sent_in_parts() {
    let (changes, missing) = documents(5);
    let found: Vec<_> = (0..5)
        .map(|n| format!("d{n}"))
        .map(|id| json!({"id": id, "docs": [{"ok": {"_id": id, "_rev": "1-a"}}]}))
        .collect();
    let sent = AtomicUsize::new(0);
    let peer = Stranger::with(move |path| {
        let (status, body) = match path {
            _ if path.contains("since=0") => (200, changes.clone()),
            _ if path.contains("_revs_diff") => (200, missing.clone()),
            _ if path.contains("_bulk_get") => (200, json!({"results": found})),
            // The requests contain all five documents, then the first two, the first, the second, and the last three.
            _ if path.contains("_bulk_docs") => match sent.fetch_add(1, Ordering::Relaxed) {
                0 | 1 | 3 => (412, json!({"error": "missing_stub", "reason": "x"})),
                _ => (201, json!([])),
            },
            _ => return honest(path),
        };
        (status, body.to_string())
    });
    let ended = replicated(&peer.address, &peer.address, &[]);
    assert_eq!(ended.counts(), [[5, 5, 4, 1]]);
    assert!(
        ended.stderr.contains("refuses the document d1"),
        "{ended:?}"
    );
}
