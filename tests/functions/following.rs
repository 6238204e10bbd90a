//! The feed of attempts as server-sent events.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Client, server::Server};

/// A feed that is read as it arrives.
struct Feed {
    lines: std::io::Lines<BufReader<TcpStream>>,
    /// The id of the last event.
    last: String,
}

impl Feed {
    fn open(client: &Client, path: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(client.socket()).unwrap();
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: x\r\nx-auth-token: {}\r\naccept-encoding: gzip, br\r\n{headers}\r\n",
            client.functions(path),
            client.token,
        )
        .unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "HTTP/1.1 200 OK");
        let head: Vec<_> = lines
            .by_ref()
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        assert!(
            head.iter()
                .any(|line| line == "content-type: text/event-stream"),
            "{head:?}"
        );
        assert!(
            !head
                .iter()
                .any(|line| line.contains("gzip") || line.contains("br;")),
            "{head:?}"
        );
        let mut feed = Self {
            lines,
            last: String::new(),
        };
        // The first event has only an id. Every later attempt is reported.
        feed.until_id();
        feed
    }

    fn line(&mut self) -> Option<String> {
        self.lines.next()?.ok()
    }

    fn until_id(&mut self) {
        loop {
            if let Some(id) = self.line().unwrap().strip_prefix("id: ") {
                id.clone_into(&mut self.last);
                return;
            }
        }
    }

    /// The next attempt. `None` at the end. Chunk sizes and heartbeats are skipped.
    fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.line()?;
            if let Some(id) = line.strip_prefix("id: ") {
                id.clone_into(&mut self.last);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }
}

#[test]
fn attempts_come_as_they_are_made_and_go_on_behind_the_last() {
    let server = Server::start_with("[attempts]\nsuccesses = true");
    let client = &server.client;
    let id = client.created("if (call.fail) throw 1; return {n: call.n}");
    client.result(&id, &json!({"n": 0}));
    crate::server::eventually("the call before is written", || {
        let list = client.send(Method::GET, &client.functions("/attempts"), "");
        (!list.body["data"].as_array().unwrap().is_empty()).then_some(())
    });

    let mut all = Feed::open(client, "/attempts?feed=eventsource", "");
    let mut failures = Feed::open(
        client,
        &format!("/{id}/attempts?feed=eventsource&result=failure"),
        "accept: text/event-stream\r\n",
    );
    client.result(&id, &json!({"n": 1}));
    client.run(&id, &json!({"n": 2, "fail": true}));
    let first = all.next().unwrap();
    assert_eq!(first["input"], json!({"n": 1}));
    assert_eq!(first["flow"], json!({"n": 1}));
    let behind_first = all.last.clone();
    assert_eq!(all.next().unwrap()["outcome"], "exception");
    let failure = failures.next().unwrap();
    assert_eq!(failure["input"]["n"], 2);
    let list = client.send(Method::GET, &client.functions("/attempts"), "");
    assert_eq!(list.body["data"][0], failure);

    // A client that reconnects gets the attempts made meanwhile.
    drop(all);
    let again = format!("last-event-id: {behind_first}\r\n");
    let mut again = Feed::open(client, "/attempts?feed=eventsource", &again);
    assert_eq!(again.next().unwrap(), failure);
}

#[test]
fn a_feed_has_its_own_accounts_attempts_and_wants_a_token() {
    let server = Server::start_with("[failures]\ncount = 0");
    let client = &server.client;
    let other = client.sub_account("other");
    let (ours, theirs) = (client.created("throw 1"), other.created("throw 2"));
    let mut feed = Feed::open(client, "/attempts?feed=eventsource", "");
    other.run(&theirs, &json!({}));
    client.run(&ours, &json!({}));
    assert_eq!(feed.next().unwrap()["function_id"], ours);

    let get = |path: &str, headers: &[(&str, &str)]| {
        client
            .send_as_is(Method::GET, &client.functions(path), "", headers)
            .status
    };
    let token = ("x-auth-token", client.token.as_str());
    assert_eq!(get("/attempts?feed=eventsource", &[]), 401);
    assert_eq!(
        get(&format!("/{theirs}/attempts?feed=eventsource"), &[token]),
        404
    );
    assert_eq!(get("/attempts?feed=longpoll", &[token]), 400);
    let wrong = [token, ("last-event-id", "yesterday")];
    assert_eq!(get("/attempts?feed=eventsource", &wrong), 404);
    let only_json = [token, ("accept", "application/json")];
    assert_eq!(get("/attempts?feed=eventsource", &only_json), 406);
}

#[test]
fn an_account_has_a_bounded_number_of_feeds() {
    let server = Server::start();
    let client = &server.client;
    let feeds: Vec<_> = (0..16)
        .map(|_| Feed::open(client, "/attempts?feed=eventsource", ""))
        .collect();
    let path = client.functions("/attempts?feed=eventsource");
    let refused = client.send(Method::GET, &path, "");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));
    let other = client.sub_account("other");
    Feed::open(&other, "/attempts?feed=eventsource", "");
    drop(feeds);
    crate::server::eventually("places are free again", || {
        let mut stream = TcpStream::connect(client.socket()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {}\r\n\r\n",
            client.token
        )
        .unwrap();
        let status = BufReader::new(stream).lines().next()?.ok()?;
        (status == "HTTP/1.1 200 OK").then_some(())
    });
}

#[test]
fn feeds_end_when_the_server_stops() {
    let mut server = Server::start();
    let mut feed = Feed::open(&server.client, "/attempts?feed=eventsource", "");
    server.stop();
    assert_eq!(feed.next(), None);
}
