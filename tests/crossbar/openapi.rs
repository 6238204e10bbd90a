//! The description of the API that the server serves.

use std::collections::BTreeSet;

use serde_json::Value;
use ureq::http::Method;

use crate::server::Server;

#[test]
fn the_description_changes_only_on_purpose() {
    let server = Server::start();
    let mut reply = server
        .client
        .send_as_is(Method::GET, "/openapi.json", "", &[]);
    reply.body["info"]["version"] = "[version]".into();
    insta::assert_json_snapshot!("openapi", reply.body);
}

/// A preflight request lists the allowed methods.
#[test]
fn what_is_described_is_there_and_nothing_else_at_its_paths() {
    let server = Server::start();
    let client = &server.client;
    let description = client
        .send_as_is(Method::GET, "/openapi.json", "", &[])
        .body;
    for (path, item) in description["paths"].as_object().unwrap() {
        let described: BTreeSet<_> = item.as_object().unwrap().keys().cloned().collect();
        let path = path.replace("{account}", &client.account);
        let preflight = [("origin", "https://example.com")];
        let reply = client.send_as_is(Method::OPTIONS, &path, "", &preflight);
        assert_eq!(reply.status, 200, "{path}");
        let methods = reply.headers["access-control-allow-methods"]
            .to_str()
            .unwrap();
        let there: BTreeSet<_> = methods
            .split(", ")
            .filter(|method| *method != "OPTIONS")
            .map(str::to_ascii_lowercase)
            .collect();
        assert_eq!(there, described, "{path}");
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let server = Server::start();
    let description = server
        .client
        .send_as_is(Method::GET, "/openapi.json", "", &[])
        .body;
    let paths = description["paths"].as_object().unwrap();
    let operations = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values());
    let mut seen = BTreeSet::new();
    for operation in operations {
        let name = operation["operationId"].as_str().unwrap();
        assert!(seen.insert(name), "{name} is there twice");
    }
}

#[test]
fn there_is_a_page_to_read_it_on() {
    let server = Server::start();
    // The program has the page compressed.
    let page = server
        .client
        .head_of("/docs/", &[("accept-encoding", "gzip")]);
    assert_eq!(page["content-type"], "text/html");
    assert_eq!(page["content-encoding"], "gzip");
    let (_, script) = server.client.text("/docs/swagger-initializer.js", &[]);
    assert!(script.contains("/openapi.json"), "{script}");
    let moved = server.client.send_as_is(Method::GET, "/docs", "", &[]);
    assert_ne!(moved.body, Value::Null);
}
