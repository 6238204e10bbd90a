//! Reads the call from stdin, and writes the flow to stdout.

use own_modules::answer;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Call {
    #[serde(rename = "Caller-ID-Name")]
    name: Option<String>,
}

fn main() {
    answer(|call: Call| {
        let name = call.name.filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "friend".to_owned());
        json!({"module": "tts", "data": {"text": format!("Thanks for calling us, {name}")}})
    });
}
