//! Headers of replies: browsers run no script in results of functions or in other texts of strangers.

use ureq::{
    Agent,
    http::{HeaderMap, Method},
};

use crate::{couchdb::CouchDb, server::Server};

const NO_PAGE: &str = "default-src 'none'; sandbox";

fn assert_is_no_page(headers: &HeaderMap, what: &str) {
    assert_eq!(headers["content-security-policy"], NO_PAGE, "{what}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
}

#[test]
fn no_reply_of_the_api_is_a_page() {
    let server = Server::start();
    let client = &server.client;
    let script = "return '<Response><x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">alert(1)</x:script></Response>'";
    let id = client.created(script);
    let key = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let address = key.body["data"]["urls"]["twilio"].as_str().unwrap();
    let door = address.strip_prefix(&client.url("")).unwrap();
    for (method, path, headers, status) in [
        (Method::GET, door, &[][..], 200),
        (Method::GET, "/twilio/a/b?key=c", &[], 403),
        (Method::GET, "/v2/functions", &[], 200),
        (Method::GET, "/v2/functions?jsonp=a", &[], 200),
        (Method::OPTIONS, "/v2/functions", &[("origin", "null")], 200),
        (Method::GET, "/v2/accounts", &[], 405),
        (Method::GET, "/v2/no/such/path", &[], 401),
        (Method::GET, "/v1/functions", &[], 410),
        (Method::GET, "/%00%ff", &[], 404),
        (
            Method::GET,
            "/healthz",
            &[("accept-encoding", "*;q=0")],
            406,
        ),
        (Method::GET, "/docsx/", &[], 404),
        (Method::GET, "/openapi.json", &[], 200),
    ] {
        let reply = client.send_as_is(method, path, "", headers);
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        assert_is_no_page(&reply.headers, path);
    }
}

#[test]
fn the_page_with_the_description_runs_its_own_scripts_only() {
    let server = Server::start();
    let page = server.client.head_of("/docs/", &[]);
    let policy = page["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    assert_eq!(page["x-content-type-options"], "nosniff");
}

#[test]
fn the_console_runs_its_own_files_only() {
    let server = Server::start();
    let client = &server.client;
    for path in ["/console/", "/console/some/page", "/console/assets/nothing"] {
        let head = client.send_as_is(Method::GET, path, "", &[]).headers;
        let policy = head["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{path}"
        );
        assert!(
            policy.ends_with("require-trusted-types-for 'script'; trusted-types 'none'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(head["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(head["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(head["cross-origin-opener-policy"], "same-origin", "{path}");
        assert_eq!(
            head["cross-origin-resource-policy"], "same-origin",
            "{path}"
        );
    }
}

#[test]
fn the_consoles_files_are_kept_for_good_and_its_page_is_asked_for_again() {
    let server = Server::start();
    let client = &server.client;
    let page = client.send_as_is(Method::GET, "/console/", "", &[]);
    assert_eq!(page.headers["cache-control"], "no-cache");
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let page = page.body.as_str().unwrap();
    let script = page.split('"').find(|text| text.ends_with(".js")).unwrap();
    let script = client.send_as_is(Method::GET, script, "", &[]);
    assert_eq!(script.status, 200);
    assert_eq!(
        script.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    let kept = script.headers["cache-control"].to_str().unwrap();
    assert!(kept.ends_with("immutable"), "{kept}");
    for path in [
        "/console/assets/index",
        "/console/assets/..%2findex.html",
        "/consolex",
    ] {
        let reply = client.send_as_is(Method::GET, path, "", &[]);
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[test]
fn browsers_are_led_to_the_console_and_programs_are_not() {
    let server = Server::start();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0);
    let agent: Agent = config.build().into();
    let visit = |path, accept| {
        let asked = agent.get(server.client.url(path)).header("accept", accept);
        let to = asked.call().unwrap().headers().get("location").cloned();
        to.map(|to| to.to_str().unwrap().to_owned())
    };
    assert_eq!(
        visit("/", "text/html,*/*;q=0.8").as_deref(),
        Some("/console/")
    );
    assert_eq!(visit("/console", "*/*").as_deref(), Some("/console/"));
    assert_eq!(visit("/", "text/html").as_deref(), Some("/console/"));
    assert_eq!(visit("/", "*/*"), None);
    assert_eq!(visit("/nothing", "text/html"), None);
}

#[test]
fn no_reply_of_other_listeners_is_a_page() {
    let couchdb = CouchDb::start();
    for (path, status) in [("/", 200), ("/functions", 401), ("/%00", 401)] {
        let reply = couchdb.send_with(Method::GET, path, "", &[]);
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
        assert_is_no_page(&reply.headers, path);
    }
    let server = Server::start_with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let metrics = server.metrics.as_ref().unwrap();
    for url in [metrics, &metrics.replace("/metrics", "/nothing")] {
        assert_is_no_page(&server.client.get_from(url).headers, url);
    }
}
