//! Statistics of calls, for the functions' owners.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Client, server::Server};

fn stats(client: &Client, query: &str) -> Value {
    let path = client.functions(&format!("/stats{query}"));
    let reply = client.send(Method::GET, &path, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["data"].clone()
}

fn sum(counts: &Value) -> u64 {
    let counts = counts.as_array().unwrap().iter();
    counts.map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn calls_are_counted_by_function_time_and_outcome() {
    let server = Server::start();
    let client = &server.client;
    let (good, bad) = (client.created("return 1"), client.created("throw 1"));
    let other = client.sub_account("other");
    other.run(&other.created("return 1"), &json!({}));
    let mut fuel = 0;
    for _ in 0..3 {
        let ran = client.run(&good, &json!({})).body;
        fuel += ran["data"]["metrics"]["fuel"].as_u64().unwrap();
    }
    client.run(&bad, &json!({}));
    // Trials do not count as calls.
    client.test("return 1", &json!({}));
    // Calls of a new revision count for the same function.
    let one = client.functions(&format!("/{good}"));
    client.send(
        Method::PATCH,
        &one,
        r#"{"data":{"function_js":"return 2"}}"#,
    );
    let ran = client.run(&good, &json!({})).body;
    fuel += ran["data"]["metrics"]["fuel"].as_u64().unwrap();

    for (period, buckets, bucket_s) in [("hour", 60, 60), ("day", 96, 900)] {
        let stats = stats(client, &format!("?period={period}"));
        assert_eq!(
            (&stats["period"], &stats["bucket_s"]),
            (&json!(period), &json!(bucket_s))
        );
        assert!(stats["end_ms"].as_u64().unwrap() > stats["since_ms"].as_u64().unwrap());
        let functions = stats["functions"].as_array().unwrap();
        assert_eq!(functions.len(), 2);
        let of = |id: &str| functions.iter().find(|row| row["id"] == id).unwrap();
        assert_eq!(of(&good)["calls"].as_array().unwrap().len(), buckets);
        assert_eq!(sum(&of(&good)["calls"]), 4);
        assert_eq!(sum(&of(&good)["failures"]), 0);
        assert_eq!(of(&good)["outcomes"], json!({"ok": 4}));
        assert_eq!(of(&good)["fuel"], fuel);
        let us = |name: &str| of(&good)[name].as_u64().unwrap();
        assert!(us("p50_us") <= us("p99_us"));
        assert_eq!(sum(&of(&bad)["failures"]), 1);
        assert_eq!(of(&bad)["outcomes"], json!({"exception": 1}));
        assert_eq!(sum(&stats["total"]["calls"]), 5);
        assert_eq!(stats["total"]["outcomes"], json!({"ok": 4, "exception": 1}));
    }
    let path = client.functions("/stats?period=year");
    let refused = client.send(Method::GET, &path, "");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["data"]["period"]["enum"]["target"],
        json!(["hour", "day"])
    );
}

#[test]
fn nothing_was_called_yet() {
    let server = Server::start();
    let stats = stats(&server.client, "");
    assert_eq!(stats["functions"], json!([]));
    assert_eq!(sum(&stats["total"]["calls"]), 0);
    assert_eq!(stats["total"].get("p50_us"), None);
}
