//! Call routers: their requests, and the replies.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::client::{Client, Reply};

mod examples;
mod forms;
mod kazoo_call;
mod keys;
mod nothing_to_say;
mod pivot;
mod signatures;
mod vendors;

/// The routers whose replies are XML.
const OF_XML: [(&str, &str); 4] = [
    ("twilio", "Response"),
    ("telnyx", "Response"),
    ("httapi", "document"),
    ("xml_curl", "document"),
];

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The path and query of a function's address for one router.
pub(super) fn address(client: &Client, id: &str, router: &str) -> String {
    let path = client.functions(&format!("/{id}/key"));
    let reply = client.send(Method::GET, &path, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    let url = reply.body["data"]["urls"][router].as_str().unwrap();
    url.strip_prefix(&client.url("")).unwrap().to_owned()
}

fn get(client: &Client, path: &str) -> Reply {
    client.send_as_is(Method::GET, path, "", &[])
}

pub(super) fn post(client: &Client, path: &str, content_type: &str, body: &str) -> Reply {
    client.send_as_is(Method::POST, path, body, &[("content-type", content_type)])
}

/// The reply to a router's request, from a new function with this source.
fn answers(client: &Client, router: &str, source: &str, content_type: &str, body: &str) -> Value {
    let address = address(client, &client.created(source), router);
    let mut reply = post(client, &address, content_type, body);
    if let Some(stack) = reply.body.pointer_mut("/error/stack") {
        stack.take();
    }
    json!({
        "status": reply.status,
        "type": reply.headers["content-type"].to_str().unwrap(),
        "body": reply.body,
    })
}
