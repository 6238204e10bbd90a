//! Decides who may ring, who may leave a message, and whose call is rejected.

use own_modules::answer;
use serde::Deserialize;
use serde_json::{Value, json};

const FRIENDS: [&str; 2] = ["+14158867900", "+14155550100"];
const UNWANTED: [&str; 2] = ["+1900", "+44870"];

#[derive(Deserialize)]
struct Call {
    #[serde(rename = "Caller-ID-Number")]
    caller: Option<String>,
    #[serde(rename = "Owner-ID")]
    owner: Option<String>,
}

fn main() {
    answer(|call: Call| {
        let caller = call.caller.unwrap_or_default();
        if UNWANTED.iter().any(|prefix| caller.starts_with(prefix)) {
            eprintln!("refused {caller}");
            return json!({"module": "response", "data": {"code": 603, "message": "Decline"}});
        }
        if FRIENDS.contains(&caller.as_str()) {
            return flow(
                "user",
                call.owner,
                json!({"timeout": 30, "can_call_self": false}),
            );
        }
        flow("voicemail", call.owner, json!({"action": "compose"}))
    });
}

/// The flow of a call. Without an owner, its data names none.
fn flow(module: &str, owner: Option<String>, mut data: Value) -> Value {
    if let Some(owner) = owner {
        data["id"] = owner.into();
    }
    json!({"module": module, "data": data})
}
