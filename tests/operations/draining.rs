//! A server that is about to stop announces this, answers requests meanwhile, and closes connections so that clients go
//! elsewhere.

use serde_json::json;
use ureq::http::Method;

use crate::server::{Server, eventually};

#[test]
fn a_server_that_stops_answers_until_it_is_left_alone() {
    let mut server = Server::start_with("[http]\ndrain_seconds = 3600\n");
    let client = server.client.clone();
    let id = client.created("return 1");
    let readiness = || client.send_as_is(Method::GET, "/readyz", "", &[]);
    let ready = readiness();
    assert_eq!(ready.status, 200);
    assert_eq!(ready.body, json!({"ready": true, "database": "there"}));
    assert!(!ready.headers.contains_key("connection"));

    server.signal("TERM");
    let stopping = eventually("the server says that it stops", || {
        Some(readiness()).filter(|it| it.status == 503)
    });
    assert_eq!(stopping.body, json!({"ready": false, "database": "there"}));
    assert_eq!(
        client.send_as_is(Method::GET, "/healthz", "", &[]).status,
        200
    );
    let called = client.run(&id, &json!({}));
    assert_eq!(called.status, 200);
    assert_eq!(called.headers["connection"], "close");

    // A second signal ends the wait.
    server.stop();
}
