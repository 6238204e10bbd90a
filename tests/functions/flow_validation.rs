//! The reply says whether KAZOO would run a function's result.

use std::process::Output;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    server::{Server, switchhook},
};

/// The outcome of a function that returns its call.
fn echoed(client: &Client, id: &str, flow: &Value) -> Value {
    let reply = client.run(id, &json!({ "flow": flow }));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let outcome = &reply.body["data"];
    assert_eq!(outcome["outcome"], "ok");
    assert_eq!(&outcome["result"], flow);
    outcome.clone()
}

#[test]
fn a_flow_that_kazoo_would_not_run_is_returned_and_said_to_be_invalid() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return call.flow");
    let outcome = echoed(
        client,
        &id,
        &json!({"module": "menu", "data": {"id": "m"}, "children": {
            "1": {"module": "tts", "data": {"text": "hello"}},
            "_": {"module": "hangup"},
        }}),
    );
    assert_eq!(outcome["valid"], true);
    assert_eq!(outcome.get("validation"), None);

    for (flow, validation) in [
        (
            json!({"action": "tts", "data": {"text": "got it to"}}),
            json!({"module": {"required": {"message": "Field is required but missing", "value": "module"}}}),
        ),
        (
            json!({"module": "foo", "data": {}}),
            json!({"module": {"error": {"message": "unable to find callflow schema for module foo", "value": "foo"}}}),
        ),
        (
            json!({"module": "menu", "children": {"_": {"module": "tts", "data": {"text": ""}}}}),
            json!({"children._.data.text": {"minLength": {
                "message": "String must be at least 1 characters", "target": 1, "cause": "", "value": "",
            }}}),
        ),
        (
            json!("hangup"),
            json!({"": {"type": {
                "message": "Value did not match type(s): object", "target": "object", "value": "hangup",
            }}}),
        ),
    ] {
        let outcome = echoed(client, &id, &flow);
        assert_eq!(outcome["valid"], false);
        assert_eq!(outcome["validation"], validation);
    }
}

#[test]
fn a_test_run_says_it_too_and_a_failure_says_nothing_of_it() {
    let server = Server::start();
    let client = &server.client;
    let tested = |source: &str| {
        let body = json!({"data": {"function_js": source}}).to_string();
        let reply = client.send(Method::POST, &client.functions("/test"), &body);
        reply.body["data"].clone()
    };
    let outcome = tested("return {module: 'hangup'}");
    assert_eq!(outcome["valid"], true);
    let outcome = tested("return {module: 'hang up'}");
    assert_eq!(outcome["valid"], false);
    let outcome = tested("throw new Error('x')");
    assert_eq!(outcome.get("valid"), None);
    assert_eq!(outcome.get("validation"), None);
}

#[test]
fn a_flow_nested_too_deeply_to_be_checked_is_invalid() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created(
        "let node = {module: 'hangup'};
         for (let i = 0; i < 500; i++) node = {module: 'noop', children: {_: node}};
         return node",
    );
    let reply = client.run(&id, &json!({}));
    assert_eq!(reply.status, 200);
    // The body is compared as text, because the test's own parser does not accept such depth either.
    let text = reply.body.as_str().unwrap();
    let verdict =
        r#""valid":false,"validation":{"":{"error":{"message":"the flow cannot be read: "#;
    assert!(text.contains(verdict), "{}", &text[text.len() - 1000..]);
}

#[test]
fn an_operators_schemas_take_the_place_of_the_built_in_ones() {
    let schemas = tempfile::tempdir().unwrap();
    let write = |name: &str, schema: &Value| {
        std::fs::write(schemas.path().join(name), schema.to_string()).unwrap();
    };
    write(
        "callflows.brew.json",
        &json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "_id": "callflows.brew",
            "support_level": "supported",
            "type": "object",
            "required": ["cups"],
            "properties": {"cups": {"$ref": "cups", "description": "how many", "maximum": 12}},
        }),
    );
    write("cups.json", &json!({"type": "integer", "minimum": 1}));
    write("callflows.action.json", &json!({"type": "object"}));
    let config = format!("[flow]\nschemas = {:?}", schemas.path().to_str().unwrap());
    let server = Server::start_with(&config);
    let client = &server.client;
    let id = client.created("return call.flow");
    let validation = |flow: &Value| echoed(client, &id, flow)["validation"].clone();

    let brew = |cups: i32| json!({"module": "brew", "data": {"cups": cups}});
    assert_eq!(validation(&brew(2)), json!(null));
    assert_eq!(
        validation(&brew(0))["data.cups"]["minimum"]["target"],
        json!(1)
    );
    assert_eq!(
        validation(&brew(13))["data.cups"]["maximum"]["target"],
        json!(12)
    );
    for module in ["tts", "action", "cups"] {
        let flow = json!({"module": module, "data": {}});
        assert!(validation(&flow)["module"]["error"].is_object());
    }
}

/// KAZOO adds defaults before it checks what is required.
#[test]
fn defaults_stand_in_for_what_is_missing() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return call.flow");
    let validation = |module: &str, data: &Value| {
        let flow = json!({"module": module, "data": data});
        echoed(client, &id, &flow)["validation"].clone()
    };
    let endpoints = json!([{"endpoint_type": "user", "id": "u"}]);
    for (module, data) in [
        ("response", json!({})),
        ("page_group", json!({"endpoints": endpoints})),
        ("record_call", json!({})),
        ("set_variables", json!({})),
        ("notification", json!({})),
        ("lookupcidname", json!({})),
        ("branch_variable", json!({})),
        ("group_pickup_feature", json!({})),
    ] {
        assert_eq!(validation(module, &data), json!(null), "{module}");
        let alone = json!({"module": module});
        if data == json!({}) {
            assert_eq!(echoed(client, &id, &alone)["valid"], true, "{module}");
        }
    }
    // The default, `[]`, is too short.
    for flow in [
        json!({"module": "audio_macro", "data": {}}),
        json!({"module": "audio_macro"}),
    ] {
        assert_eq!(echoed(client, &id, &flow)["valid"], false);
    }
    for (module, data, field) in [
        ("response", json!({"code": "486"}), "data.code"),
        ("page_group", json!({}), "data.endpoints"),
    ] {
        assert!(validation(module, &data)[field].is_object(), "{module}");
    }
}

#[test]
fn defaults_of_an_operators_schemas_stand_in_too() {
    let schemas = tempfile::tempdir().unwrap();
    let schema = json!({
        "properties": {
            "cups": {"default": 1, "minimum": 1, "type": "integer"},
            "kinds": {"default": [], "minItems": 1, "type": "array"},
        },
        "required": ["cups"],
        "type": "object",
    });
    let file = schemas.path().join("callflows.brew.json");
    std::fs::write(file, schema.to_string()).unwrap();
    let config = format!("[flow]\nschemas = {:?}", schemas.path().to_str().unwrap());
    let server = Server::start_with(&config);
    let client = &server.client;
    let id = client.created("return call.flow");
    let outcome = |data: &Value| echoed(client, &id, &json!({"module": "brew", "data": data}));
    assert_eq!(outcome(&json!({"kinds": ["mild"]}))["valid"], true);
    assert_eq!(
        outcome(&json!({"cups": 2, "kinds": ["mild"]}))["valid"],
        true
    );
    assert!(outcome(&json!({"cups": 2}))["validation"]["data.kinds"].is_object());
}

#[test]
fn the_operator_says_which_kazoo_it_is() {
    let serverless = json!({"serverless": {"flow_type": "application/json", "flow_doc": "{}"}});
    let tone = json!({"frequencies": [400], "duration_on": 100, "duration_off": 50});
    let flows = [
        ("hangup", json!({})),
        ("notification", json!({"recipients": []})),
        ("pivot", serverless),
        ("pivot", json!({"voice_url": "https://example.com/"})),
        ("tones", json!({"tones": [tone]})),
        ("doorman", json!({"id": "d"})),
        ("call_pickup", json!({"target_call_id": "c"})),
        ("detect_speech", json!({"action": "start"})),
        // The defaults of its `variable` do not count.
        ("branch_variable", json!({})),
    ];
    for (config, valid) in [
        (
            "",
            [true, true, false, true, false, false, false, false, true],
        ),
        (
            "kazoo = \"5.0\"",
            [true, true, false, true, false, false, false, false, true],
        ),
        (
            "kazoo = \"5\"",
            [true, true, true, true, true, true, true, true, false],
        ),
        (
            "kazoo = \"4.3\"",
            [true, false, false, true, false, false, false, false, true],
        ),
    ] {
        let server = Server::start_with(&format!("[flow]\n{config}"));
        let client = &server.client;
        let id = client.created("return call.flow");
        for ((module, data), valid) in flows.iter().zip(valid) {
            let flow = json!({"module": module, "data": data});
            assert_eq!(
                echoed(client, &id, &flow)["valid"],
                valid,
                "{config}: {flow}"
            );
        }
    }
}

#[test]
fn a_server_does_not_start_without_the_schemas_it_is_told_of() {
    let start = |schemas: &std::path::Path| -> Output {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let text = format!("[flow]\nschemas = {:?}", schemas.to_str().unwrap());
        std::fs::write(&config, text).unwrap();
        let mut command = switchhook();
        command.args(["serve", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(&config).arg("--database");
        command.arg(folder.path().join("switchhook.db"));
        command.output().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let refused = |because: &str| {
        let output = start(folder.path());
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(errors.contains(because), "{errors}");
    };
    refused("has no schema of a callflow's module");
    let file = folder.path().join("callflows.tts.json");
    for (schema, because) in [
        ("{", "callflows.tts.json is not a JSON object"),
        (
            r#"{"$ref": "elsewhere"}"#,
            "the schema callflows.tts cannot be used",
        ),
        (
            r#"{"type": "text"}"#,
            "the schema callflows.tts cannot be used",
        ),
    ] {
        std::fs::write(&file, schema).unwrap();
        refused(because);
    }
    let nowhere = start(&folder.path().join("nowhere"));
    assert!(!nowhere.status.success());
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("cannot read the schemas in"));
}
