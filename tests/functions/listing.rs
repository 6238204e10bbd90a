//! Lists in both orders, in pages, and with filters.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Client, server::Server};

fn list(client: &Client, query: &str) -> Value {
    let path = client.functions(&format!("?{query}"));
    let reply = client.send(Method::GET, &path, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn ids(list: &Value) -> Vec<&str> {
    let rows = list["data"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// Creates functions with these ids. `place.n` is the position of each.
fn create(client: &Client, ids: &[&str]) {
    for (n, id) in ids.iter().enumerate() {
        let data = json!({"id": id, "name": "n", "function_js": "return 1", "place": {"n": n}});
        let body = json!({"data": data}).to_string();
        let reply = client.send(Method::PUT, &client.functions(""), &body);
        assert_eq!(reply.status, 201, "{}", reply.body);
    }
}

/// All ids, in pages of this size.
fn pages(client: &Client, query: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = String::new();
    loop {
        let page = list(client, &format!("{query}{next}"));
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        match page["next_start_key"].as_str() {
            Some(key) => next = format!("&start_key={key}"),
            None => return pages,
        }
    }
}

#[test]
fn pages_lead_through_both_orders() {
    let server = Server::start();
    let client = &server.client;
    create(client, &["b", "d", "a", "c", "e"]);
    assert_eq!(
        pages(client, "page_size=2"),
        [vec!["e", "d"], vec!["c", "b"], vec!["a"]]
    );
    assert_eq!(
        pages(client, "page_size=2&ascending=true"),
        [vec!["a", "b"], vec!["c", "d"], vec!["e"]]
    );
    assert_eq!(ids(&list(client, "start_key=c")), ["c", "b", "a"]);
}

#[test]
fn a_page_is_read_on_until_enough_match() {
    let server = Server::start();
    let client = &server.client;
    create(client, &["a", "b", "c", "d", "e"]);
    for (query, found) in [
        ("filter_place.n=2", vec!["c"]),
        (
            "filter_not_place.n=2&filter_name=n",
            vec!["e", "d", "b", "a"],
        ),
        ("key_missing=place", vec![]),
        ("has_key=place&page_size=9", vec!["e", "d", "c", "b", "a"]),
        ("created_from=1", vec!["e", "d", "c", "b", "a"]),
        ("created_to=1", vec![]),
        ("modified_from=never", vec![]),
    ] {
        assert_eq!(ids(&list(client, query)), found, "{query}");
    }
    assert_eq!(
        pages(client, "filter_not_place.n=3&page_size=2"),
        [vec!["e", "c"], vec!["b", "a"]]
    );
}

#[test]
fn rows_have_the_fields_that_a_client_chooses() {
    let server = Server::start();
    let client = &server.client;
    create(client, &["a"]);
    let row = |fields: &str| list(client, &format!("fields={fields}"))["data"][0].clone();
    assert_eq!(
        row("name,place"),
        json!({"id": "a", "name": "n", "place": {"n": 0}})
    );
    assert_eq!(row(""), json!({"id": "a"}));
    assert_eq!(row("id,nothing,_id,pvt_account_id"), json!({"id": "a"}));
    let whole = client.send(Method::GET, &client.functions("/a"), "").body;
    let known = row("revision,created,%20modified,language_pack,enabled");
    assert_eq!(known["revision"], whole["revision"]);
    assert_eq!(known["created"], known["modified"]);
    assert!(known["created"].as_i64().unwrap() > 63_000_000_000);
    assert_eq!(
        (&known["language_pack"], &known["enabled"]),
        (&json!("javascript"), &json!(true))
    );
    let many = vec!["x"; 33].join(",");
    let path = client.functions(&format!("?fields={many}"));
    assert_eq!(client.send(Method::GET, &path, "").status, 404);
}
