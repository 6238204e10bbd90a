//! The call on stdin, the flow on stdout, the log on stderr.

use std::io;

use serde_json::{Value, json};

fn main() {
    let call: Value = serde_json::from_reader(io::stdin()).expect("a call is JSON");
    let name = call["Caller-ID-Name"].as_str();
    let name = name.filter(|name| !name.is_empty()).unwrap_or("friend");
    eprintln!("{name} calls");
    let text = format!("Thanks for calling us, {name}");
    println!("{}", json!({"module": "tts", "data": {"text": text}}));
}
