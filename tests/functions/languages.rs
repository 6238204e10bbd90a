//! The same functions in every language give equal flows for equal calls.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    packs::{installed::packs, new_pack::JQ},
    server::{Server, workload_call},
};

/// Time zones: one with daylight saving time, one without, and one with half an hour.
const TIME_ZONES: [&str; 3] = ["America/New_York", "UTC", "Asia/Kolkata"];

fn calls() -> Vec<Value> {
    let with = |changes: Value| {
        let mut call = workload_call();
        for (key, value) in changes.as_object().unwrap() {
            call[key] = value.clone();
        }
        call
    };
    let mut calls = vec![
        json!({}),
        workload_call(),
        with(json!({"To-User": "+14155550123", "Caller-ID-Number": "+19005550123"})),
        with(json!({"To-User": "+493012345", "Caller-ID-Number": "+14155550100"})),
        with(
            json!({"To-User": "+33123456", "Caller-ID-Number": "1000", "Caller-ID-Name": "Jürgen 🎉"}),
        ),
        with(json!({"To-User": "+4420", "Caller-ID-Number": "+448701"})),
        with(json!({"To-User": "", "Caller-ID-Number": ""})),
    ];
    // Callers and called numbers: each prefix that the samples know, and some unknown ones.
    let called = [
        "+1415",
        "+1212",
        "+33142",
        "+4420",
        "+4989",
        "1000",
        "anonymous",
    ];
    let callers = [
        "+1900",
        "+44870",
        "+14158867900",
        "+14155550100",
        "+331",
        "1001",
        "",
    ];
    for called in called {
        for caller in callers {
            let (to, from) = (format!("{called}5550123"), format!("{caller}5550199"));
            calls.push(with(json!({
                "To-User": to, "Caller-ID-Number": from, "Caller-ID-Name": caller,
            })));
            calls.push(with(json!({"To-User": called, "Caller-ID-Number": caller})));
        }
    }
    calls
}

fn create(client: &Client, language: &str, sample: &Value, zone: &str) -> String {
    let body = json!({"data": {
        "name": sample["name"], "function_js": sample["function_js"], "language_pack": language, "timezone": zone,
    }});
    let created = client.send(Method::PUT, &client.functions(""), &body.to_string());
    assert_eq!(created.status, 201, "{language}: {}", created.body);
    created.body["data"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn equal_calls_give_equal_flows_in_every_language() {
    let installed = tempfile::tempdir().unwrap();
    let (code, _, stderr) = packs(&["add", JQ], installed.path());
    assert_eq!(code, 0, "{stderr}");
    let server = Server::start_with(&format!("[language_packs]\ndir = {:?}\n", installed.path()));
    let client = &server.client;
    let languages = client.send(Method::GET, "/v2/functions", "").body["data"].take();
    let languages = languages.as_array().unwrap();
    let by_id = |id: &str| {
        languages
            .iter()
            .find(|language| language["id"] == id)
            .unwrap()
    };
    let samples = by_id("javascript")["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 5);
    for (index, sample) in samples.iter().enumerate() {
        let zone = TIME_ZONES[index % TIME_ZONES.len()];
        let reference = create(client, "javascript", sample, zone);
        for language in languages {
            let id = language["id"].as_str().unwrap();
            let name = sample["name"].as_str().unwrap();
            let own = language["samples"].as_array().unwrap();
            let own = own.iter().find(|own| own["name"] == name);
            let own = own.unwrap_or_else(|| panic!("{id} has no sample `{name}`"));
            let function = create(client, id, own, zone);
            for call in calls() {
                // The minute may change between two calls, which are then not comparable.
                let (expected, flow) = loop {
                    let before = client.result(&reference, &call);
                    let flow = client.result(&function, &call);
                    if before == client.result(&reference, &call) {
                        break (before, flow);
                    }
                };
                assert_eq!(flow, expected, "{name} in {id}, on {call}");
            }
        }
    }
}
