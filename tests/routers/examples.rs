//! The examples of `docs/examples`: requests of call routers and their replies.

use std::{fs, path::Path};

use serde_json::Value;
use ureq::http::Method;

use super::address;
use crate::server::Server;

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples");

/// Content types by the extensions of files.
const TYPES: [(&str, &str); 3] = [
    ("form", "application/x-www-form-urlencoded"),
    ("json", "application/json"),
    ("xml", "text/xml"),
];

/// The file with this name and any extension, and its content type.
fn read(folder: &Path, name: &str) -> (String, &'static str) {
    let files = TYPES.map(|(ending, is)| (folder.join(name).with_extension(ending), is));
    let (path, is) = files.iter().find(|(path, _)| path.is_file()).unwrap();
    (fs::read_to_string(path).unwrap(), is)
}

#[test]
fn each_router_has_an_example_and_gets_its_answer() {
    let server = Server::start();
    let client = &server.client;
    let key = client.functions(&format!("/{}/key", client.created("return 1")));
    let routers = client.send(Method::GET, &key, "").body;
    for router in routers["data"]["urls"].as_object().unwrap().keys() {
        let folder = Path::new(EXAMPLES).join(router);
        let function = fs::read_to_string(folder.join("function.js")).unwrap();
        let path = address(client, &client.created(&function), router);
        let (request, sent_as) = read(&folder, "request");
        let headers = [("content-type", sent_as)];
        let reply = client.send_as_is(Method::POST, &path, &request, &headers);

        let (answer, answered_as) = read(&folder, "answer");
        let answer = serde_json::from_str(&answer).unwrap_or(Value::String(answer));
        assert_eq!((reply.status, reply.body), (200, answer), "{router}");
        let content_type = reply.headers["content-type"].to_str().unwrap();
        assert!(
            content_type.starts_with(answered_as),
            "{router}: {content_type}"
        );
    }
}
