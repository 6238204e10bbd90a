//! A function's own key opens it to call routers, and nothing else does.

use serde_json::Value;
use ureq::http::Method;

use super::{OF_XML, address, get};
use crate::server::Server;

#[test]
fn operators_are_told_what_goes_where() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return {module: 'hangup', data: {}}");
    let key = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let (urls, settings) = (&key.body["data"]["urls"], &key.body["data"]["settings"]);
    // Everybody may read the list.
    let listed = client.send_as_is(Method::GET, "/v2/functions/routers", "", &[]);
    let routers = listed.body["data"].as_array().unwrap();
    let names: Vec<_> = routers
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, urls.as_object().unwrap().keys().collect::<Vec<_>>());
    for router in routers {
        for field in ["title", "address_is_for", "entered_at"] {
            assert!(
                router[field].as_str().is_some_and(|it| !it.is_empty()),
                "{router}"
            );
        }
    }
    let signed: Vec<_> = routers
        .iter()
        .filter_map(|it| it["signed_with"].as_str())
        .collect();
    assert_eq!(
        signed,
        [
            "JAMBONZ_WEBHOOK_SECRET",
            "SIGNALWIRE_SIGNING_KEY",
            "TWILIO_AUTH_TOKEN",
            "TELNYX_PUBLIC_KEY",
        ]
    );
    let url = |router: &str| urls[router].as_str().unwrap();
    let node: Value = serde_json::from_str(settings["pivot"].as_str().unwrap()).unwrap();
    assert_eq!(node["data"]["voice_url"], url("pivot"));
    assert_eq!(
        settings["httapi"],
        format!(
            r#"<action application="httapi" data="{{url={},method=POST}}"/>"#,
            url("httapi")
        )
    );
    assert_eq!(
        settings["xml_curl"],
        format!(
            r#"<param name="gateway-url" value="{}" bindings="dialplan"/>"#,
            url("xml_curl")
        )
    );
    assert_eq!(settings.as_object().unwrap().len(), 3);
}

#[test]
fn every_router_checks_the_key_and_who_may_be_called() {
    let server = Server::start();
    let client = &server.client;
    let other = client.sub_account("other");
    for (router, root) in
        OF_XML
            .into_iter()
            .chain([("jambonz", ""), ("signalwire", ""), ("pivot", "")])
    {
        let source = match router {
            "jambonz" => "return {verb: 'hangup'}".to_owned(),
            "signalwire" => "return ['hangup']".to_owned(),
            "pivot" => "return {module: 'hangup', data: {}}".to_owned(),
            _ => format!("return ['{root}']"),
        };
        let (ours, theirs) = (client.created(&source), other.created(&source));
        let (open, others) = (
            address(client, &ours, router),
            address(&other, &theirs, router),
        );
        let status = |path: &str| get(client, path).status;
        assert_eq!((status(&open), status(&others)), (200, 200), "{router}");
        let (path, query) = open.split_once('?').unwrap();
        let (other_path, other_query) = others.split_once('?').unwrap();
        for refused in [
            path.to_owned(),
            format!("{path}?key="),
            format!("{path}?{other_query}"),
            format!("{other_path}?{query}"),
            // The function of another account, under this account's path and with its own key.
            format!("/{router}/{}/{theirs}?{other_query}", client.account),
            format!("/{router}/{}/nope?{query}", client.account),
            format!("/{router}/nope/{ours}?{query}"),
        ] {
            assert_eq!(status(&refused), 403, "{refused}");
        }
        assert_eq!(client.send_as_is(Method::PUT, &open, "", &[]).status, 405);
        let one = client.functions(&format!("/{ours}"));
        client.send(Method::PATCH, &one, r#"{"data":{"enabled":false}}"#);
        assert_eq!(status(&open), 409, "{router}");

        for (enabled, expected) in [("false", 403), ("true", 200)] {
            let account = format!("/v2/accounts/{}", other.account);
            let body = format!(r#"{{"data":{{"enabled":{enabled}}}}}"#);
            let reply = client.send(Method::PATCH, &account, &body);
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(status(&others), expected, "{router}");
        }
    }
}

#[test]
fn a_key_stays_until_it_is_renewed_or_its_function_is_deleted() {
    let server = Server::start();
    let client = &server.client;
    let other = client.sub_account("other");
    let id = client.created("return {module: 'hangup', data: {}}");
    let open = address(client, &id, "pivot");
    let status = |path: &str| get(client, path).status;
    assert_eq!(address(client, &id, "pivot"), open, "it stays the same");

    // Only a function's owners can read its key, and the key is not a token.
    let key_path = client.functions(&format!("/{id}/key"));
    assert_eq!(other.send(Method::GET, &key_path, "").status, 403);
    let (_, key) = open.split_once("?key=").unwrap();
    let as_token = client.send_with(Method::GET, &key_path, "", &[("x-auth-token", key)]);
    assert_eq!(as_token.status, 401);

    let renewed = client.send(Method::PUT, &key_path, "");
    assert_eq!(renewed.status, 201, "{}", renewed.body);
    assert_eq!(status(&open), 403);
    let open = address(client, &id, "pivot");
    assert!(open.ends_with(renewed.body["data"]["key"].as_str().unwrap()));
    assert_eq!(status(&open), 200);

    client.send(Method::DELETE, &client.functions(&format!("/{id}")), "");
    assert_eq!(status(&open), 403);
    assert_eq!(client.send(Method::GET, &key_path, "").status, 404);
}

#[test]
fn nothing_is_said_of_a_call_without_the_key() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    for router in ["pivot", "jambonz", "twilio", "xml_curl"] {
        let path = format!("/{router}/{}/{id}?key=x", client.account);
        let status = client
            .send_as_is(Method::POST, &path, "{ no JSON", &[])
            .status;
        assert_eq!(status, 403, "{router}");
    }
}
