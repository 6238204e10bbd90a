//! A killed server has lost no acknowledged write.

use std::sync::Mutex;

use serde_json::{Value, json};
use ureq::{Agent, http::Method};

use crate::{
    client::Client,
    server::{Server, switchhook},
};

const ROUNDS: usize = 8;
const WRITERS: usize = 4;
/// Acknowledged writes before the server is killed, in each round.
const WRITES: usize = 25;

/// A function and its last acknowledged revision.
#[derive(Clone)]
struct Acknowledged {
    id: String,
    revision: String,
    value: u64,
}

/// Creates functions and changes each once, until the server is killed.
fn write_until_killed(client: &Client, writer: usize, acknowledged: &Mutex<Vec<Acknowledged>>) {
    for number in 0.. {
        let value = (writer * 1_000_000 + number) as u64;
        let document = json!({"data": {"name": "crash", "function_js": format!("return {value}"), "value": value}});
        let Some(reply) = try_send(client, Method::PUT, &client.functions(""), &document) else {
            return;
        };
        let id = reply["data"]["id"].as_str().unwrap().to_owned();
        let revision = |reply: &Value| reply["revision"].as_str().unwrap().to_owned();
        acknowledged.lock().unwrap().push(Acknowledged {
            id: id.clone(),
            revision: revision(&reply),
            value,
        });

        let change = json!({"data": {"value": value + 1}});
        let Some(reply) = try_send(
            client,
            Method::PATCH,
            &client.functions(&format!("/{id}")),
            &change,
        ) else {
            return;
        };
        let changed = Acknowledged {
            id,
            revision: revision(&reply),
            value: value + 1,
        };
        acknowledged.lock().unwrap().push(changed);
    }
}

/// Sends a request. `None` if the server was killed.
fn try_send(client: &Client, method: Method, path: &str, body: &Value) -> Option<Value> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(client.url(path))
        .header("x-auth-token", &client.token)
        .body(body.to_string())
        .unwrap();
    let text = agent.run(request).ok()?.body_mut().read_to_string().ok()?;
    let reply: Value = serde_json::from_str(&text).ok()?;
    assert_eq!(reply["status"], "success", "{reply}");
    Some(reply)
}

fn generation(revision: &str) -> u32 {
    revision.split('-').next().unwrap().parse().unwrap()
}

#[test]
fn a_file_has_one_server() {
    let mut server = Server::on_file("");
    let second = || {
        switchhook()
            .args(["serve", "--listen", "127.0.0.1:0", "--database"])
            .arg(server.database().location())
            .output()
            .unwrap()
    };
    let refused = second();
    assert!(!refused.status.success());
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(
        message.contains("another server runs on the database"),
        "{message}"
    );
    let answer = |server: &Server| server.client.test("return 1", &json!({})).status;
    assert_eq!(answer(&server), 200);
    // The kernel releases the file's lock, however the process ends.
    server.restart();
    assert_eq!(answer(&server), 200);
}

#[test]
fn kill_9_loses_nothing_acknowledged() {
    let mut server = Server::start();
    let mut all: Vec<Acknowledged> = Vec::new();
    for round in 0..ROUNDS {
        let acknowledged = Mutex::new(Vec::new());
        let client = server.client.clone();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (client, acknowledged) = (&client, &acknowledged);
                scope.spawn(move || {
                    write_until_killed(client, round * WRITERS + writer, acknowledged);
                });
            }
            while acknowledged.lock().unwrap().len() < WRITES {
                std::thread::yield_now();
            }
            server.kill();
        });
        all.extend(acknowledged.into_inner().unwrap());
        server.restart();

        for Acknowledged {
            id,
            revision,
            value,
        } in &all
        {
            let reply =
                server
                    .client
                    .send(Method::GET, &server.client.functions(&format!("/{id}")), "");
            assert_eq!(reply.status, 200, "{id} {}", reply.body);
            // A later change may have been stored without being acknowledged.
            let found = reply.body["revision"].as_str().unwrap();
            assert!(
                generation(found) >= generation(revision),
                "{id}: {found} is older than {revision}"
            );
            if found == revision {
                assert_eq!(reply.body["data"]["value"], *value);
            }
        }
        let last = all.last().unwrap();
        assert!(server.client.result(&last.id, &json!({})).is_u64());
    }
}
