//! More requests than the server can handle. Every client gets an answer, nobody gets more than a share, and all places
//! and memory are released.
//!
//! Calls that must last continue until their caller hangs up, and metrics show what the server does. So nothing here
//! depends on speed.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::json;
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::{SWITCHHOOK, Server, workload, workload_call},
};

/// Lets an endless loop, and a compilation, continue until nobody waits for it.
const PATIENT: &str = "
[metrics]
listen = '127.0.0.1:0'
[limits]
fuel = 1_000_000_000_000_000
wall_clock_ms = 600_000
[compile_limits]
fuel = 1_000_000_000_000_000
wall_clock_ms = 600_000
";

const LOOP: &str = "while(true){}";

/// A request on a connection of its own, whose reply nobody reads. Hangs up when dropped.
struct Pending(TcpStream);

impl Pending {
    fn send(client: &Client, method: &Method, path: &str, body: &str) -> Self {
        Self::send_part(client, method, path, body, body.len())
    }

    /// Sends a head that announces `length` bytes of body.
    fn send_part(client: &Client, method: &Method, path: &str, body: &str, length: usize) -> Self {
        let address = client.url("").replace("http://", "");
        let mut stream = TcpStream::connect(address).unwrap();
        let token = &client.token;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: test\r\nX-Auth-Token: {token}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        Self(stream)
    }

    fn call(client: &Client, id: &str) -> Self {
        let path = client.functions(&format!("/{id}/run"));
        Self::send(client, &Method::POST, &path, r#"{"data":{}}"#)
    }

    fn status(mut self) -> String {
        let mut reply = String::new();
        self.0.read_to_string(&mut reply).unwrap();
        reply.split(' ').nth(1).unwrap().to_owned()
    }
}

/// Waits until metrics have these values.
fn wait_for(server: &Server, metrics: &[(&str, u64)]) {
    let asked_since = Instant::now();
    while metrics
        .iter()
        .any(|(name, value)| server.metric(name) != *value)
    {
        assert!(
            asked_since.elapsed() < Duration::from_secs(120),
            "{metrics:?} never came about: {}",
            server.metrics()
        );
        std::thread::yield_now();
    }
}

fn wait_for_calls(server: &Server, running: u64, queued: u64) {
    let metrics = [
        ("switchhook_calls_running", running),
        ("switchhook_calls_queued", queued),
    ];
    wait_for(server, &metrics);
}

fn assert_overloaded(reply: &Reply) {
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert_eq!(reply.headers["retry-after"], "1");
    assert_eq!(reply.body["data"]["outcome"], "overloaded");
    assert_eq!(reply.body["message"], "overloaded");
}

#[test]
fn two_hundred_calls_at_once_are_all_answered() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        calls = 50
        calls_per_account = 50
        queued = 50
        queued_per_account = 50
        queue_wait_ms = 600_000"
    ));
    let client = &server.client;
    let endless = client.created(LOOP);
    let good = client.created(&workload("say_hi.js"));
    let call = workload_call();

    // While all places are taken, exactly the queue is admitted.
    let loops: Vec<_> = (0..50).map(|_| Pending::call(client, &endless)).collect();
    wait_for_calls(&server, 50, 0);
    let refused = AtomicUsize::new(0);
    let answered: Vec<Reply> = std::thread::scope(|scope| {
        let call_and_count = || {
            let reply = client.run(&good, &call);
            refused.fetch_add(usize::from(reply.status == 503), Ordering::SeqCst);
            reply
        };
        let callers: Vec<_> = (0..200).map(|_| scope.spawn(call_and_count)).collect();
        while refused.load(Ordering::SeqCst) < 150 {
            std::thread::yield_now();
        }
        wait_for_calls(&server, 50, 50);
        drop(loops);
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    let (good_ones, others): (Vec<_>, Vec<_>) =
        answered.iter().partition(|reply| reply.status == 200);
    assert_eq!((good_ones.len(), others.len()), (50, 150));
    others.into_iter().for_each(assert_overloaded);

    // At least as many requests are answered as there are places.
    let answered: Vec<Reply> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..200)
            .map(|_| scope.spawn(|| client.run(&good, &call)))
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect()
    });
    let (good_ones, others): (Vec<_>, Vec<_>) =
        answered.iter().partition(|reply| reply.status == 200);
    assert!(good_ones.len() >= 100, "{}", good_ones.len());
    others.into_iter().for_each(assert_overloaded);
    wait_for_calls(&server, 0, 0);
}

#[test]
fn places_and_queues_have_exactly_the_size_configured() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        calls = 2
        queued = 3
        queue_wait_ms = 600_000"
    ));
    let client = &server.client;
    let endless = client.created(LOOP);
    let good = client.created("return 1");
    let mut running: Vec<_> = (0..2).map(|_| Pending::call(client, &endless)).collect();
    wait_for_calls(&server, 2, 0);
    let mut queued: Vec<_> = (0..3).map(|_| Pending::call(client, &good)).collect();
    wait_for_calls(&server, 2, 3);
    assert_overloaded(&client.run(&good, &json!({})));

    // A caller that hangs up in the queue makes room for exactly one.
    queued.pop();
    wait_for_calls(&server, 2, 2);
    queued.push(Pending::call(client, &good));
    wait_for_calls(&server, 2, 3);
    assert_overloaded(&client.run(&good, &json!({})));

    // A running caller that hangs up makes room too, and all waiting callers get a place.
    running.pop();
    for call in queued {
        assert_eq!(call.status(), "200");
    }
    wait_for_calls(&server, 1, 0);
    running.pop();
    wait_for_calls(&server, 0, 0);
    assert_eq!(client.result(&good, &json!({})), 1);
}

#[test]
fn waiting_for_a_place_has_an_end() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        calls = 1
        queue_wait_ms = 20"
    ));
    let client = &server.client;
    let endless = Pending::call(client, &client.created(LOOP));
    wait_for_calls(&server, 1, 0);
    let good = client.created("return 1");
    assert_overloaded(&client.run(&good, &json!({})));
    assert_overloaded(&client.test("return 1", &json!({})));
    assert_eq!(
        server.metric(r#"switchhook_calls_total{outcome="overloaded"}"#),
        2
    );
    drop(endless);
    wait_for_calls(&server, 0, 0);
    assert_eq!(client.result(&good, &json!({})), 1);
}

#[test]
fn one_accounts_loops_leave_room_for_anothers_calls() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        queue_wait_ms = 600_000"
    ));
    let (a, b) = (&server.client, &server.client.sub_account("second"));
    let endless = a.created(LOOP);
    let good = b.created(&workload("say_hi.js"));
    let call = workload_call();
    let every_call_succeeds = || -> Vec<Duration> {
        let mut times: Vec<_> = (0..300)
            .map(|_| {
                let started = Instant::now();
                b.result(&good, &call);
                started.elapsed()
            })
            .collect();
        times.sort();
        times
    };
    let alone = every_call_succeeds();

    // As many calls as may run and wait, and one more.
    let loops: Vec<_> = (0..64 + 128).map(|_| Pending::call(a, &endless)).collect();
    wait_for_calls(&server, 64, 128);
    assert_overloaded(&a.run(&endless, &json!({})));
    let among_loops = every_call_succeeds();
    wait_for_calls(&server, 64, 128);
    for (name, times) in [("alone", alone), ("among 64 loops", among_loops)] {
        println!("B {name}: p50 {:?}, p99 {:?}", times[149], times[296]);
    }

    drop(loops);
    wait_for_calls(&server, 0, 0);
    every_call_succeeds();
}

#[test]
fn a_tenants_accounts_together_leave_room_for_another_tenant() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        calls = 4
        calls_per_tenant = 2
        calls_per_account = 1
        queued = 8
        queued_per_tenant = 4
        queued_per_account = 2
        queue_wait_ms = 600_000"
    ));
    let tenant = server.client.sub_account("tenant");
    let below = ["a", "b", "c"].map(|name| tenant.sub_account(name));
    let loops: Vec<_> = below
        .iter()
        .flat_map(|account| {
            let endless = account.created(LOOP);
            (0..3).map(move |_| Pending::call(account, &endless))
        })
        .collect();
    wait_for_calls(&server, 2, 4);
    for account in &below {
        assert_overloaded(&account.run(&account.created("return 1"), &json!({})));
    }
    let other = server.client.sub_account("other");
    let good = other.created("return 1");
    for _ in 0..100 {
        assert_eq!(other.result(&good, &json!({})), 1);
    }
    wait_for_calls(&server, 2, 4);
    drop(loops);
    wait_for_calls(&server, 0, 0);
}

/// Looks up many names among many variables, which takes hours to compile.
fn slow_to_compile() -> String {
    let names: Vec<_> = (0..50_000).map(|number| format!("v{number}")).collect();
    format!("var {};{}", names.join(","), "v0;".repeat(200_000))
}

#[test]
fn compilations_are_bounded_and_keep_no_call_waiting() {
    let server = Server::start_with(&format!(
        "{PATIENT}
        [concurrency]
        queue_wait_ms = 600_000
        compilations = 1
        queued_compilations = 1"
    ));
    let wait_for_compilations = |running, queued| {
        let metrics = [
            ("switchhook_compilations_running", running),
            ("switchhook_compilations_queued", queued),
        ];
        wait_for(&server, &metrics);
    };
    let client = &server.client;
    let good = client.created("return 1");
    let document = json!({"data": {"name": "slow", "function_js": slow_to_compile()}}).to_string();
    let upload = || Pending::send(client, &Method::PUT, &client.functions(""), &document);
    let running = upload();
    wait_for_compilations(1, 0);
    let queued = upload();
    wait_for_compilations(1, 1);

    assert_overloaded(&client.create("return 2"));
    assert_overloaded(&client.test("return 2", &json!({})));
    let path = client.functions(&format!("/{good}"));
    let change = r#"{"data":{"function_js":"return 3"}}"#;
    assert_overloaded(&client.send(Method::PATCH, &path, change));
    assert_eq!(client.result(&good, &json!({})), 1);

    drop(queued);
    wait_for_compilations(1, 0);
    drop(running);
    wait_for_compilations(0, 0);
    assert_eq!(client.create("return 2").status, 201);
    let overloaded = r#"switchhook_compilations_total{outcome="overloaded"}"#;
    assert_eq!(server.metric(overloaded), 3);
}

#[test]
fn bodies_share_a_bounded_memory() {
    let server = Server::start_with(&format!("{PATIENT}[http]\nbody_bytes = 32_000_000"));
    let client = &server.client;
    let id = client.created("return 1");
    let (path, body) = (client.functions(""), " ".repeat(7_900_000));
    let slow = Pending::send_part(client, &Method::PUT, &path, &body, 8_000_000);
    wait_for(&server, &[("switchhook_body_bytes", 7_900_000)]);
    // The body would fit into the memory, but not together with its parsed values.
    let large = json!({"data": {"name": "test", "function_js": "return 1", "x": body[..200_000]}});
    assert_overloaded(&client.send(Method::PUT, &path, &large.to_string()));
    assert_eq!(server.metric("switchhook_bodies_refused_total"), 1);
    assert_eq!(client.result(&id, &json!({})), 1);
    drop(slow);
    wait_for(&server, &[("switchhook_body_bytes", 0)]);
    let created = client.send(Method::PUT, &path, &large.to_string());
    assert_eq!(created.status, 201, "{}", created.body);
}

#[test]
fn what_happens_is_counted() {
    let server = Server::start_with("[metrics]\nlisten = '127.0.0.1:0'");
    let client = &server.client;
    client.test("return 1", &json!({}));
    client.test("throw 1", &json!({}));
    client.test("return 'x'.repeat(300000)", &json!({}));
    client.test("return 'x'.repeat(250000)", &json!({}));
    client.test("(", &json!({}));
    let id = client.created(LOOP);
    client.run(&id, &json!({}));
    for (name, value) in [
        (r#"calls_total{outcome="ok"}"#, 2),
        (r#"calls_total{outcome="exception"}"#, 1),
        (r#"calls_total{outcome="output_too_large"}"#, 1),
        (r#"calls_total{outcome="fuel_exhausted"}"#, 1),
        (r#"calls_total{outcome="timeout"}"#, 0),
        (r#"compilations_total{outcome="ok"}"#, 5),
        (r#"compilations_total{outcome="compile_error"}"#, 1),
        (r#"limit_hits_total{limit="output_bytes"}"#, 1),
        (r#"limit_hits_total{limit="fuel"}"#, 1),
        (r#"limit_warnings_total{limit="output_bytes"}"#, 1),
        ("call_duration_seconds_count", 5),
        (r#"call_fuel_bucket{le="50000000"}"#, 4),
        ("calls_running", 0),
        ("host_panics_total", 0),
    ] {
        let name = format!("switchhook_{name}");
        assert_eq!(server.metric(&name), value, "{name}\n{}", server.metrics());
    }
    for secret in [&client.account, &client.token, &id] {
        assert!(!server.metrics().contains(secret));
    }
    // Customers cannot read them.
    let reply = client.send(Method::GET, "/metrics", "");
    assert_eq!((reply.status, &reply.body["error"]), (404, &json!("404")));
}

#[test]
fn settings_that_let_nothing_through_are_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (config, message) in [
        ("[concurrency]\ncalls = 0", "must be at least 1"),
        ("[concurrency]\ncompilations = 0", "must be at least 1"),
        ("[http]\nbody_bytes = 1", "must be at least 32000000"),
        ("workers = 0", "nonzero"),
    ] {
        std::fs::write(&file, config).unwrap();
        let output = std::process::Command::new(SWITCHHOOK)
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--database")
            .arg(folder.path().join("db"))
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(error.contains(message), "{error}");
    }
}
