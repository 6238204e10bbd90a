//! Modules made of random numbers: each is refused with a sentence, or its call ends with a named outcome.

use std::{collections::BTreeMap, env, fs};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use ureq::http::Method;

use crate::{client::Client, functions::modules::server_with};

/// The first 300 modules of `tests/generated-modules`.
const MODULES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../tests/generated-modules/modules.zst"
);

/// The variable that names another file of modules.
const VARIABLE: &str = "SWITCHHOOK_GENERATED_MODULES";

/// Little fuel, so that endless loops end soon, and room for all requests.
const CONFIG: &str = "[limits]\nfuel = 20_000_000\nwall_clock_ms = 60_000
[compile_limits]\nfuel = 20_000_000\nwall_clock_ms = 60_000
[metrics]\nlisten = \"127.0.0.1:0\"\n[rate]\nburst = 1_000_000\n";

/// Possible outcomes of accepted modules. Faults of the server are not among them.
const ENDINGS: [&str; 8] = [
    "ok",
    "compile_error",
    "exception",
    "invalid_result",
    "fuel_exhausted",
    "memory_limit",
    "stack_overflow",
    "output_too_large",
];

/// Reads the modules. The generator describes the format.
fn modules() -> Vec<Vec<u8>> {
    let path = env::var(VARIABLE).unwrap_or_else(|_| MODULES.to_owned());
    let bytes = zstd::decode_all(fs::File::open(path).unwrap()).unwrap();
    let mut rest = bytes.as_slice();
    let mut modules = Vec::new();
    while let Some((length, more)) = rest.split_first_chunk() {
        let (module, more) = more.split_at(u32::from_le_bytes(*length) as usize);
        modules.push(module.to_owned());
        rest = more;
    }
    modules
}

/// `refused`, or the outcome of the module's call.
fn ending(client: &Client, seed: usize, module: &[u8]) -> String {
    let data = json!({
        "language_pack": "wasm", "function_wasm": STANDARD.encode(module), "call": {"To": "+1"},
    });
    let body = json!({ "data": data }).to_string();
    let reply = client.send(Method::POST, &client.functions("/test"), &body);
    let refusal = &reply.body["data"]["function_wasm"]["compile_error"]["message"];
    if let Some(sentence) = refusal.as_str() {
        assert_eq!(reply.status, 400, "seed {seed}");
        assert!(
            sentence.starts_with("the module cannot be ")
                || sentence.starts_with("making machine code of the module takes "),
            "seed {seed}: {sentence}"
        );
        return "refused".to_owned();
    }
    let outcome = reply.body["data"]["outcome"].as_str().unwrap_or_default();
    assert!(ENDINGS.contains(&outcome), "seed {seed}: {}", reply.body);
    outcome.to_owned()
}

#[test]
fn a_generated_module_is_refused_or_ends_by_name() {
    let server = server_with(CONFIG);
    let client = &server.client;
    let right = client.created("return call.a + 1");
    let mut endings = BTreeMap::<_, usize>::new();
    for (seed, module) in modules().iter().enumerate() {
        *endings.entry(ending(client, seed, module)).or_default() += 1;
    }
    println!("{endings:?}");
    // All these endings must occur. Otherwise all modules might be refused or stopped at the first instruction.
    for expected in ["refused", "exception", "fuel_exhausted", "invalid_result"] {
        assert!(endings.contains_key(expected), "{expected}: {endings:?}");
    }
    assert_eq!(client.result(&right, &json!({"a": 1})), 2);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
