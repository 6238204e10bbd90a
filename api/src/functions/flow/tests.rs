use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Map, json};

use super::{
    variants::{accepted, required_of},
    *,
};

/// The problems of a flow. Empty if it is valid.
fn wrong(flow: &Value) -> Value {
    let modules = Modules::built_in().unwrap();
    let flow = to_raw_value(flow).unwrap();
    modules
        .check(&flow)
        .map_or_else(|invalid| invalid.to_json(), |()| Value::Null)
}

#[expect(clippy::needless_pass_by_value, reason = "as it is written")]
fn node(module: &str, data: Value) -> Value {
    json!({"module": module, "data": data})
}

#[test]
fn a_node_has_a_module_and_its_data() {
    assert_eq!(wrong(&node("tts", json!({"text": "hello"}))), json!(null));
    assert_eq!(
        wrong(&json!({"action": "tts", "data": {"text": "got it"}})),
        json!({"module": {"required": {"message": "Field is required but missing", "value": "module"}}})
    );
    assert_eq!(
        wrong(&json!({"module": "foo"})),
        json!({"module": {"error": {"message": "unable to find callflow schema for module foo", "value": "foo"}}})
    );
    assert_eq!(
        wrong(&node("tts", json!({}))),
        json!({"data.text": {"required": {"message": "Field is required but missing", "value": "text"}}})
    );
    assert_eq!(
        wrong(&json!({"module": 1, "data": [], "children": "x"})),
        json!({
            "module": {"type": {"message": "Value did not match type(s): string", "target": "string", "value": 1}},
            "data": {"type": {"message": "Value did not match type(s): object", "target": "object", "value": []}},
            "children": {"type": {"message": "Value did not match type(s): object", "target": "object", "value": "x"}},
        })
    );
    for (name, code) in [(String::new(), "minLength"), ("x".repeat(65), "maxLength")] {
        let wrong = wrong(&node(&name, json!({})));
        assert!(wrong["module"][code].is_object(), "{wrong}");
        assert!(wrong["module"]["error"].is_object(), "{wrong}");
    }
}

#[test]
fn what_is_no_object_is_no_node() {
    for flow in [json!(null), json!([]), json!("tts"), json!(1)] {
        assert_eq!(wrong(&flow)[""]["type"]["target"], "object");
    }
}

#[test]
fn data_may_be_missing_where_it_may_be_empty() {
    assert_eq!(wrong(&json!({"module": "hangup"})), json!(null));
    assert_eq!(
        wrong(&json!({"module": "tts"})),
        json!({"data.text": {"required": {"message": "Field is required but missing", "value": "text"}}})
    );
}

#[test]
fn unknown_keys_are_nobodys_business() {
    let data = json!({"text": "hello", "text2": 1});
    assert_eq!(
        wrong(&json!({"module": "tts", "data": data, "name": 1})),
        json!(null)
    );
}

#[test]
fn schemas_that_belong_to_no_module_are_no_modules() {
    for name in [
        "action",
        "audio_macro.say",
        "say",
        "callflows.tts",
        "metaflow",
    ] {
        let wrong = wrong(&node(name, json!({})));
        assert!(wrong["module"]["error"].is_object(), "{wrong}");
    }
}

#[test]
fn children_are_nodes_by_any_key() {
    let tree = |leaf: Value| {
        json!({"module": "menu", "children": {
            "1": {"module": "hangup"},
            "_": {"module": "play", "children": {"a.b": leaf}},
        }})
    };
    assert_eq!(
        wrong(&tree(node("tts", json!({"text": "bye"})))),
        json!(null)
    );
    // KAZOO ignores a child without a key.
    let nameless = json!({"module": "menu", "children": {"": 1, "\n": 1}});
    assert_eq!(wrong(&nameless), json!(null));
    assert_eq!(
        wrong(&tree(node("foo", json!({}))))["children._.children.a%2Eb.module"]["error"]["value"],
        "foo"
    );
    assert_eq!(
        wrong(&tree(node("response", json!({"code": "486"}))))["children._.children.a%2Eb.data.code"]
            ["type"]["target"],
        "integer"
    );
    assert_eq!(
        wrong(&tree(json!(1)))["children._.children.a%2Eb"]["type"]["target"],
        "object"
    );
}

#[test]
fn what_stands_beside_a_reference_counts() {
    let macros = |macros: Value| wrong(&node("audio_macro", json!({"macros": macros})));
    assert_eq!(
        macros(json!([{"macro": "tts", "text": "hello"}, {"macro": "play", "id": "x"}])),
        json!(null)
    );
    assert!(macros(json!([{"macro": "tts"}]))["data.macros.0"]["not_one_schema_valid"].is_object());
    assert!(macros(json!([]))["data.macros"]["minItems"].is_object());
}

#[test]
fn references_are_followed() {
    let config = |config: Value| wrong(&node("conference", json!({"config": config})));
    assert_eq!(
        config(json!({"name": "all", "profile": {"rate": 8000}})),
        json!(null)
    );
    assert!(
        config(json!({"profile": {"rate": 1}}))["data.config.profile.rate"]["enum"].is_object()
    );
    let headers = |headers: Value| wrong(&node("offnet", json!({"custom_sip_headers": headers})));
    assert_eq!(headers(json!({"X-Y": "z"})), json!(null));
    assert_eq!(headers(json!({"in": {"X-Y": "z"}})), json!(null));
    let field = "data.custom_sip_headers";
    assert!(headers(json!({"in": {"X Y": "z"}}))[field]["any_schemas_not_valid"].is_object());
}

/// Like KAZOO, which adds defaults and then checks them.
#[test]
fn what_is_wrong_with_a_default_is_said() {
    let too_short = json!({"data.macros": {"minItems": {
        "message": "The list must have at least 1 items", "target": 1, "value": [],
    }}});
    assert_eq!(wrong(&node("audio_macro", json!({}))), too_short);
    assert_eq!(wrong(&json!({"module": "audio_macro"})), too_short);
}

#[test]
fn a_flow_in_data_is_checked_like_any() {
    let modules = Modules::of(Kazoo::V5).unwrap();
    let wrong = |flow: Value| {
        let flow = to_raw_value(&node("callflow", json!({"flow": flow}))).unwrap();
        let checked = modules.check(&flow);
        checked.map_or_else(|invalid| invalid.to_json(), |()| Value::Null)
    };
    assert_eq!(wrong(json!({"module": "hangup"})), json!(null));
    assert!(wrong(json!({"module": "nope"}))["data.flow.module"]["error"].is_object());
    assert!(wrong(json!({"module": "tts"}))["data.flow.data.text"]["required"].is_object());
    assert!(wrong(json!(1))["data.flow"]["type"].is_object());
}

#[test]
fn addresses_are_looked_at_as_jesse_does() {
    let recipient = |id: Value| {
        let recipients = json!([{"type": "email", "id": id}]);
        wrong(&node("notification", json!({"recipients": recipients})))
    };
    assert_eq!(recipient(json!("a b@c")), json!(null));
    assert!(recipient(json!("a@b@c"))["data.recipients.0.id"]["not_one_schema_valid"].is_object());
}

#[test]
fn kazoo_calls_no_url_of_its_own_machine() {
    for (module, data, field) in [
        (
            "pivot",
            json!({"voice_url": "http://localhost/x"}),
            "voice_url",
        ),
        ("webhook", json!({"uri": "http://127.0.0.1"}), "uri"),
        (
            "record_call",
            json!({"action": "start", "url": "ftp://example.com"}),
            "url",
        ),
        ("record_caller", json!({"url": "nowhere"}), "url"),
    ] {
        assert_eq!(
            wrong(&node(module, data.clone())),
            json!({format!("data.{field}"): {"error": {"message": "invalid client URL", "value": data[field]}}})
        );
    }
}

#[test]
fn problems_and_their_values_have_bounds() {
    let children = (0..1000).map(|key| (key.to_string(), json!(null)));
    let children: Map<_, _> = children.collect();
    let wrong_children = wrong(&json!({"module": "menu", "children": children}));
    assert_eq!(wrong_children.as_object().unwrap().len(), MAX_PROBLEMS);

    let terminators = vec![1; 100_000];
    let many = wrong(&node("play", json!({"terminators": terminators})));
    assert_eq!(many.as_object().unwrap().len(), 1);

    let text = "x".repeat(MAX_VALUE_BYTES);
    let long = wrong(&node("tts", json!({"text": text})));
    let details = &long["data.text"]["maxLength"];
    assert_eq!(details["target"], 1000);
    assert!(details.get("value").is_none());
}

#[test]
fn a_flow_that_cannot_be_read_is_not_valid() {
    let modules = Modules::built_in().unwrap();
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for text in [deep.as_str(), r#""\ud800""#, "1e999"] {
        let flow = RawValue::from_string(text.to_owned()).unwrap();
        let wrong = modules.check(&flow).unwrap_err().to_json();
        let message = wrong[""]["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("the flow cannot be read"), "{message}");
    }
}

/// For every module: the fewest data, data in each field, missing data, and a wrong value in each field.
#[test]
fn every_module_of_the_table_accepts_and_refuses() {
    let table: Value = serde_json::from_str(include_str!("modules.json")).unwrap();
    let table = table["modules"].as_object().unwrap();
    assert_eq!(table.len(), 78);
    let modules = Modules::built_in().unwrap();
    assert_eq!(modules.names().count(), 78);
    let wrong = |name: &str, data: &Value| {
        let flow = to_raw_value(&node(name, data.clone())).unwrap();
        let checked = modules.check(&flow);
        checked.map_or_else(|invalid| invalid.to_json(), |()| Value::Null)
    };
    for (name, schema) in table {
        let data = required_of(schema);
        assert_eq!(wrong(name, &data), json!(null), "{name} {data}");
        for required in schema["required"].as_array().into_iter().flatten() {
            let required = required.as_str().unwrap();
            let mut without = data.clone();
            without.as_object_mut().unwrap().shift_remove(required);
            let wrong = wrong(name, &without);
            // The default of `macros` is too short.
            let code = match name.as_str() {
                "audio_macro" => "minItems",
                _ => "required",
            };
            assert!(
                wrong[format!("data.{required}")][code].is_object(),
                "{name} {wrong}"
            );
        }
        for (field, of) in schema["properties"].as_object().unwrap() {
            let mut other = data.clone();
            other[field] = accepted(of);
            assert_eq!(wrong(name, &other), json!(null), "{name} {other}");
            // No field accepts `null`.
            other[field] = json!(null);
            let wrong = wrong(name, &other);
            assert!(wrong[format!("data.{field}")].is_object(), "{name} {wrong}");
        }
    }
}

#[test]
fn other_kazoos_have_other_modules() {
    let names = |kazoo| {
        let modules = Modules::of(kazoo).unwrap();
        modules.names().map(str::to_owned).collect::<HashSet<_>>()
    };
    let (old, usual, new) = (names(Kazoo::V4_3), names(Kazoo::V5_0), names(Kazoo::V5));
    let without = |one: &HashSet<String>, other: &HashSet<String>| {
        let mut without: Vec<_> = one.difference(other).cloned().collect();
        without.sort();
        without
    };
    assert_eq!(without(&old, &usual), [""; 0]);
    assert_eq!(
        without(&usual, &old),
        [
            "answer",
            "function",
            "noop",
            "notification",
            "wait_for_hangup"
        ]
    );
    assert_eq!(without(&usual, &new), [""; 0]);
    assert_eq!(
        without(&new, &usual),
        ["call_pickup", "detect_speech", "doorman", "tones"]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("module".to_owned()),
        Just("data".to_owned()),
        Just("children".to_owned()),
        Just("macros".to_owned()),
        Just("config".to_owned()),
        ".{0,3}",
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just("tts".to_owned()),
            Just("audio_macro".to_owned()),
            ".{0,70}"
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_has_a_verdict(flow in any_json()) {
        let modules = &*MODULES;
        let flow = to_raw_value(&flow).unwrap();
        if let Err(invalid) = modules.check(&flow) {
            let fields = invalid.to_json();
            prop_assert!((1..=MAX_PROBLEMS).contains(&fields.as_object().unwrap().len()));
        }
    }
}

static MODULES: LazyLock<Modules> = LazyLock::new(|| Modules::built_in().unwrap());

/// Prints a figure for docs/benchmarks.md.
#[test]
fn checking_a_small_flow() {
    const TIMES: u32 = 100_000;
    let started = std::time::Instant::now();
    let modules = Modules::built_in().unwrap();
    println!("{:?} to read the table", started.elapsed());
    let menu = json!({"module": "menu", "data": {"id": "m"}, "children": {
        "1": node("user", json!({"id": "a", "timeout": 20})),
        "2": node("device", json!({"id": "b"})),
        "_": node("voicemail", json!({"id": "4fe69c5b61015084f1fe5684abc6e502"})),
    }});
    for (name, flow) in [
        (
            "tts",
            node("tts", json!({"text": "Thanks for calling us Bob"})),
        ),
        ("a menu of four nodes", menu),
    ] {
        let flow = to_raw_value(&flow).unwrap();
        let started = std::time::Instant::now();
        for _ in 0..TIMES {
            assert!(modules.check(&flow).is_ok());
        }
        println!("{:?} to check {name}", started.elapsed() / TIMES);
    }
}
