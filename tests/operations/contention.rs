//! Many clients write the same documents. Every acknowledged write has taken effect, a client that was too late gets an
//! error, and a killed server comes back with exactly the acknowledged writes.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    cluster::Cluster,
    server::Server,
};

const CLIENTS: u64 = 50;

/// Clients send more requests than one address may.
const RATE: &str = "[rate]\nburst = 1_000_000\nper_second = 1_000_000";

/// So few documents that clients interfere.
const DOCUMENTS: u64 = 7;

/// Seconds of the test, unless `CONTENTION_SECONDS` is set.
const DEFAULT_DURATION: u64 = 5;

/// An acknowledged write.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    revision: String,
    /// `None` if it was a deletion.
    value: Option<String>,
}

/// Acknowledged writes by document and generation.
type Acknowledged = BTreeMap<(String, u64), Written>;

fn generation(revision: &str) -> u64 {
    revision.split('-').next().unwrap().parse().unwrap()
}

/// A generator for choices.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u64) -> u64 {
        // Xorshift (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

struct Writer<'a> {
    client: Client,
    number: u64,
    acknowledged: &'a Mutex<Acknowledged>,
    refused: u64,
}

impl Writer<'_> {
    fn write_until(&mut self, end: Instant) {
        let mut choices = Choices(self.number + 1);
        for count in 0u64.. {
            if Instant::now() >= end {
                return;
            }
            let id = format!("document{}", choices.below(DOCUMENTS));
            let value = format!("{}.{count}", self.number);
            match choices.below(8) {
                0 => self.create(&id, &value),
                1 => self.delete(&id),
                _ => self.patch(&id, &value),
            }
        }
    }

    fn create(&mut self, id: &str, value: &str) {
        let body =
            json!({"data": {"id": id, "name": "n", "function_js": "return 1", "value": value}});
        let reply = self.send(Method::PUT, "", &body, None);
        self.note(id, Some(value), 201, &reply);
    }

    fn patch(&mut self, id: &str, value: &str) {
        let Some(revision) = self.revision(id) else {
            return;
        };
        let body = json!({"data": {"value": value}});
        let reply = self.send(Method::PATCH, &format!("/{id}"), &body, Some(&revision));
        self.note(id, Some(value), 200, &reply);
    }

    fn delete(&mut self, id: &str) {
        let Some(revision) = self.revision(id) else {
            return;
        };
        let body = json!({"data": {}});
        let reply = self.send(Method::DELETE, &format!("/{id}"), &body, Some(&revision));
        self.note(id, None, 200, &reply);
    }

    fn revision(&self, id: &str) -> Option<String> {
        let reply = self.send(Method::GET, &format!("/{id}"), &json!({"data": {}}), None);
        assert!([200, 404].contains(&reply.status), "{}", reply.body);
        Some(reply.body["revision"].as_str()?.to_owned())
    }

    fn send(&self, method: Method, rest: &str, body: &Value, if_match: Option<&str>) -> Reply {
        let etag = if_match.map(|revision| format!("\"{revision}\""));
        let mut headers = vec![("x-auth-token", self.client.token.as_str())];
        headers.extend(etag.as_deref().map(|etag| ("if-match", etag)));
        let path = self.client.functions(rest);
        self.client
            .send_with(method, &path, &body.to_string(), &headers)
    }

    fn note(&mut self, id: &str, value: Option<&str>, done: u16, reply: &Reply) {
        if reply.status != done {
            // Somebody else has changed, deleted or created it meanwhile.
            let expected = [404, 409, 412].contains(&reply.status);
            assert!(expected, "{} {}", reply.status, reply.body);
            self.refused += 1;
            return;
        }
        let revision = reply.body["revision"].as_str().unwrap().to_owned();
        let key = (id.to_owned(), generation(&revision));
        let written = Written {
            revision,
            value: value.map(str::to_owned),
        };
        let before = self.acknowledged.lock().unwrap().insert(key, written);
        assert_eq!(
            before, None,
            "{id}: two clients have made the same revision"
        );
    }
}

#[test]
fn writes_of_many_are_kept_or_refused_and_survive_a_kill() {
    contend(vec![Server::start_with(RATE)]);
}

#[test]
fn writes_of_many_at_three_servers_are_kept_or_refused_too() {
    if let Some(cluster) = Cluster::start(RATE) {
        contend(cluster.servers);
    }
}

/// Clients write at servers of one database, until the first of the servers is killed and started again.
fn contend(mut servers: Vec<Server>) {
    let acknowledged = Mutex::new(Acknowledged::new());
    let seconds = std::env::var("CONTENTION_SECONDS").ok();
    let seconds = seconds.map_or(DEFAULT_DURATION, |it| it.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(seconds);
    let client_of = |number: u64| {
        let server = &servers[number as usize % servers.len()];
        server.client.with_own_connection()
    };
    let refused: u64 = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let mut writer = Writer {
                    client: client_of(number),
                    number,
                    acknowledged: &acknowledged,
                    refused: 0,
                };
                scope.spawn(move || {
                    writer.write_until(end);
                    writer.refused
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .sum()
    });
    let server = &mut servers[0];
    server.restart();

    let acknowledged = acknowledged.into_inner().unwrap();
    println!("{} writes, {refused} refused", acknowledged.len());
    assert!(refused > 0, "nobody was in anybody's way");
    let client = &server.client;
    for number in 0..DOCUMENTS {
        let id = format!("document{number}");
        let of_document: Vec<_> = acknowledged
            .iter()
            .filter(|((found, _), _)| *found == id)
            .map(|((_, generation), written)| (*generation, written))
            .collect();
        let Some((last, written)) = of_document.last() else {
            continue;
        };
        // Exactly the writes that took effect were acknowledged.
        let generations: Vec<_> = of_document.iter().map(|(it, _)| *it).collect();
        assert_eq!(generations, (1..=*last).collect::<Vec<_>>(), "{id}");

        let one = client.functions(&format!("/{id}"));
        let now = client.send(Method::GET, &one, "");
        match &written.value {
            None => assert_eq!(now.status, 404, "{id}"),
            Some(value) => {
                assert_eq!(now.body["revision"], written.revision, "{id}");
                assert_eq!(now.body["data"]["value"], *value, "{id}");
                for (_, written) in &of_document {
                    let path = format!("{one}/revisions/{}", written.revision);
                    let then = client.send(Method::GET, &path, "");
                    assert_eq!(then.status, 200, "{id} {written:?}: {}", then.body);
                    if let Some(value) = &written.value {
                        assert_eq!(then.body["data"]["value"], *value, "{id}");
                    }
                }
            }
        }
    }
}
