//! Requests that try to take more than their share, with and without a token.

use std::fmt::Write as _;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Client, memory::peak, server::Server};

/// Memory for the largest body, its reply, and a server's first requests, in KiB.
const ALLOWED_KIB: u64 = 128 * 1024;

#[test]
fn a_body_takes_no_more_memory_than_its_size_would_have_one_think() {
    let server = Server::start();
    let client = &server.client;
    let zeros = format!("[{}0]", "0,".repeat(3_900_000));
    let keys: Vec<_> = (0..200_000).map(|key| format!("\"{key}\":0")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    let form: String = (0..500_000).fold(String::new(), |mut form, key| {
        let _ = write!(form, "{key}=&");
        form
    });
    let before = peak(server.process_id());
    let login = "/v2/api_auth";
    let functions = client.functions("");
    let document =
        |more: &str| format!(r#"{{"data":{{"name":"n","function_js":"x","more":{more}}}}}"#);
    for (what, path, body) in [
        ("no envelope", login, format!(r#"{{"name":{zeros}}}"#)),
        ("no object", login, zeros.clone()),
        (
            "a token among much",
            login,
            format!(r#"{{"data":{{"auth_token":"x","a":{zeros}}}}}"#),
        ),
        (
            "a long login",
            login,
            format!(r#"{{"data":{{"api_key":{zeros}}}}}"#),
        ),
        ("unknown fields", login, format!(r#"{{"data":{keys}}}"#)),
        (
            "data is a list",
            &functions,
            format!(r#"{{"data":{zeros}}}"#),
        ),
        ("a large document", &functions, document(&zeros)),
        ("a less large document", &functions, document(&keys)),
    ] {
        let reply = client.send(Method::PUT, path, &body);
        assert_eq!(reply.status, 400, "{what}: {}", reply.body);
        let grown = peak(server.process_id()) - before;
        assert!(grown < ALLOWED_KIB, "{what}: {grown} KiB");
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let reply = client.send_as_is(Method::PUT, login, &form, &headers);
    assert_eq!(reply.status, 400, "{}", reply.body);
    let run = client.functions("/none/run");
    let reply = client.send(Method::POST, &run, &format!(r#"{{"data":{zeros}}}"#));
    assert_eq!(reply.status, 400, "{}", reply.body);
    let grown = peak(server.process_id()) - before;
    assert!(grown < ALLOWED_KIB, "{grown} KiB");
}

/// A list of lists of one element, which takes a hundred times as much memory as its text.
fn lists_of_one(values: usize) -> String {
    format!("[{}[0]]", "[0],".repeat(values / 2 - 1))
}

#[test]
fn many_bodies_at_once_take_no_more_than_one_would_have_one_think() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    let before = peak(server.process_id());
    let body = format!(r#"{{"data":{{"a":{}}}}}"#, lists_of_one(1_400_000));
    let requests = [
        (Method::PATCH, client.functions(&format!("/{id}"))),
        (Method::PATCH, client.functions("")),
        (Method::PUT, "/v2/api_auth".to_owned()),
        (Method::PUT, "/v2/user_auth".to_owned()),
    ];
    std::thread::scope(|scope| {
        for number in 0..24 {
            let (method, path) = &requests[number % requests.len()];
            let body = &body;
            scope.spawn(move || {
                let client = client.with_own_connection();
                let reply = client.send(method.clone(), path, body);
                let refused = [400, 429, 503].contains(&reply.status);
                assert!(refused, "{method} {path}: {} {}", reply.status, reply.body);
            });
        }
    });
    let grown = peak(server.process_id()) - before;
    assert!(grown < 4 * ALLOWED_KIB, "{grown} KiB");
    assert_eq!(client.result(&id, &json!({})), 1);
}

#[test]
fn documents_have_so_many_values_and_lists_of_them_are_not_parsed() {
    let server = Server::start();
    let client = &server.client;
    let create = |path: &str, document: &str| {
        let body = format!(r#"{{"data":{document}}}"#);
        client.send(Method::PUT, path, &body)
    };
    let function = |values| {
        let more = lists_of_one(values);
        format!(r#"{{"name":"n","function_js":"return 1","more":{more}}}"#)
    };
    let refused = create(&client.functions(""), &function(8_200));
    assert_eq!(refused.status, 400);
    let problem = &refused.body["data"]["data"]["maxProperties"];
    assert_eq!(problem["target"], 8_192);
    for _ in 0..130 {
        assert_eq!(create(&client.functions(""), &function(8_100)).status, 201);
    }
    let flags = format!("[{}\"b\"]", "\"a\",".repeat(8_100));
    for number in 0..60 {
        let child = format!(r#"{{"name":"a{number}","flags":{flags}}}"#);
        assert_eq!(create(&client.path(""), &child).status, 201);
        let user = format!(r#"{{"first_name":"a","last_name":"{number}","flags":{flags}}}"#);
        assert_eq!(create(&client.path("/users"), &user).status, 201);
    }
    let before = peak(server.process_id());
    let lists = ["/functions", "/children", "/descendants", "/users"];
    std::thread::scope(|scope| {
        for list in lists.iter().cycle().take(24) {
            scope.spawn(move || {
                let client = client.with_own_connection();
                let path = client.path(&format!("{list}?paginate=false"));
                let reply = client.send(Method::GET, &path, "");
                assert_eq!(reply.status, 200, "{list}: {}", reply.body);
            });
        }
    });
    let grown = peak(server.process_id()) - before;
    // If all functions of the list were parsed at one time, they would take more memory.
    assert!(grown < 2 * ALLOWED_KIB, "{grown} KiB");
}

#[test]
fn an_error_repeats_no_more_than_a_mistake() {
    let server = Server::start();
    let client = &server.client;
    let names: Vec<_> = (0..2_000).map(|name| format!(r#""{name}":"#)).collect();
    let env = |value: &str| {
        let members: Vec<_> = names.iter().map(|name| format!("{name}{value}")).collect();
        format!("{{{}}}", members.join(","))
    };
    let long = format!("[\"{}\"]", "x".repeat(100));
    for document in [
        format!(r#"{{"name":"n","function_js":"x","env":{}}}"#, env(&long)),
        format!(
            r#"{{"name":"n","function_js":"x","limits":{}}}"#,
            env(&long)
        ),
        format!(r#"{{"name":{},"function_js":"x"}}"#, lists_of_one(8_000)),
        format!(r#"{{"name":"n","function_js":{}}}"#, lists_of_one(60_000)),
    ] {
        let body = format!(r#"{{"data":{document}}}"#);
        let reply = client.send(Method::PUT, &client.functions(""), &body);
        assert_eq!(reply.status, 400);
        let bytes = reply.body.to_string().len();
        assert!(bytes < 600_000, "{bytes} for {}", body.len());
    }
}

#[test]
fn a_token_in_data_is_taken_out_and_the_rest_stays_as_it_is() {
    let server = Server::start();
    let client = &server.client;
    let token = json!(client.token);
    let body = format!(
        r#"{{"data":{{"auth_token":"other","name":"n","auth_token":{token},"function_js":"return 1","more":[1.50,{{"auth_token":"x"}}]}}}}"#
    );
    let created = client.send_with(Method::PUT, &client.functions(""), &body, &[]);
    assert_eq!(created.status, 201, "{}", created.body);
    let data = &created.body["data"];
    assert_eq!(data["auth_token"], Value::Null);
    assert_eq!(data["more"], json!([1.5, {"auth_token": "x"}]));
}

#[test]
fn a_document_does_not_grow_without_bounds() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    let patch = |key: &str| {
        let body = json!({"data": {key: "x".repeat(200 * 1024)}}).to_string();
        client.send(Method::PATCH, &client.functions(&format!("/{id}")), &body)
    };
    assert_eq!(patch("a").status, 200);
    let refused = patch("b");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["data"]["data"]["maxSize"]["target"],
        256 * 1024
    );
}

#[test]
fn a_list_is_filtered_by_a_few_conditions() {
    let server = Server::start();
    let client = &server.client;
    let query = vec!["key_missing=x"; 33].join("&");
    let reply = client.send(Method::GET, &client.functions(&format!("?{query}")), "");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.body["message"], "faulty_request");
}

/// `{"deep": …}` with a text that imitates `serde_json`'s internal type.
fn pretending(text: &str) -> Value {
    json!({"name": "n", "function_js": "return 1", "deep": {"$serde_json::private::RawValue": text}})
}

#[test]
fn nothing_is_stored_that_cannot_be_read_again() {
    let server = Server::start();
    let client = &server.client;
    let nested =
        |levels: usize, inner: &str| format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
    let twice = nested(
        100,
        &json!({"$serde_json::private::RawValue": nested(100, "")}).to_string(),
    );
    let later = json!({"name": "n", "function_js": "return 1", "deep": {"a": 1, "$serde_json::private::RawValue": "{"}});
    for document in [pretending(&twice), pretending("{"), later] {
        let body = json!({"data": document}).to_string();
        let reply = client.send(Method::PUT, &client.functions(""), &body);
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
    assert_eq!(list(client), json!([]));
    let deepest = format!(
        r#"{{"data":{{"name":"n","function_js":"return 1","deep":{}}}}}"#,
        nested(126, "")
    );
    let created = client.send(Method::PUT, &client.functions(""), &deepest);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(list(client).as_array().unwrap().len(), 1);
}

fn list(client: &Client) -> Value {
    let mut reply = client.send(Method::GET, &client.functions(""), "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["data"].take()
}

#[test]
fn a_call_that_is_a_deep_list_is_refused() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    let deep = format!(r#"{{"data":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let reply = client.send(
        Method::POST,
        &client.functions(&format!("/{id}/run")),
        &deep,
    );
    assert_eq!(reply.status, 400, "{}", reply.body);
}
