//! Flows of every kind, always the same ones: KAZOO's verdicts on them were recorded, and the tests compare ours.

use serde_json::{Map, Value, json};

use super::verdicts::Recorded;

/// Pairs of properties that are tried in each module.
const PAIRS: usize = 40;

/// Longest text that is tried. Longer ones show nothing new.
const MAX_TEXT: u64 = 2_000;

/// Values of all types and some formats, tried in every property.
fn everywhere() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(9_007_199_254_740_993_u64),
        json!(""),
        json!("a"),
        json!(" "),
        json!("1"),
        json!("é😀"),
        json!("+14155550100"),
        json!("^a+$"),
        json!("("),
        json!("en-us"),
        json!("a@b.c"),
        json!("http://example.com/"),
        json!("https://localhost/x"),
        json!("http://127.0.0.1:80"),
        json!("ftp://example.com"),
        json!("0123456789abcdef0123456789abcdef"),
        json!([]),
        json!([1]),
        json!([""]),
        json!(["a"]),
        json!(["a", "a"]),
        json!([{}]),
        json!([[]]),
        json!({}),
        json!({"a": 1}),
        json!({"a": "b"}),
        json!({"in": {"X-Y": "z"}}),
        json!({"module": "hangup"}),
        json!({"module": "tts"}),
        json!({"module": "nope", "data": {}}),
    ]
}

/// All variants for a module. `schema` is this project's schema.
pub(super) fn of(recorded: &Recorded, schema: &Value) -> Vec<Value> {
    let module = recorded.module.as_str();
    let data = required_of(schema);
    let node = |data: &Value| json!({"module": module, "data": data});
    let mut variants = vec![json!({"module": module}), node(&json!({})), node(&data)];
    for other in [json!(null), json!([]), json!("x"), json!(1)] {
        variants.push(node(&other));
        variants.push(json!({"module": module, "data": data, "children": other}));
    }
    for key in data.as_object().into_iter().flatten().map(|(key, _)| key) {
        let mut less = data.clone();
        less.as_object_mut().unwrap().shift_remove(key);
        variants.push(node(&less));
    }
    for child in [
        json!({}),
        json!({"module": "nope", "data": {}}),
        json!({"module": module}),
        node(&data),
        json!({"module": module, "data": data, "children": {"2": {"module": module, "data": {"skip_module": 1}}}}),
    ] {
        for key in ["_", "1", ""] {
            variants.push(json!({"module": module, "data": data, "children": {key: child}}));
        }
    }
    variants.push(json!({"module": module, "data": data, "nobody": "knows"}));
    for name in [
        module.to_uppercase(),
        format!("{module} "),
        format!("callflows.{module}"),
    ] {
        variants.push(json!({"module": name, "data": data}));
    }

    let values = values(recorded);
    for path in recorded.paths.iter().map(String::as_str).chain(["nobody"]) {
        for value in &values {
            variants.push(node(&with(data.clone(), path, value.clone())));
        }
    }
    let mut chance = Chance::of(module);
    for _ in 0..PAIRS {
        let mut both = data.clone();
        for _ in 0..2 {
            if let Some(path) = chance.one_of(&recorded.paths) {
                both = with(both, path, chance.one_of(&values).unwrap().clone());
            }
        }
        variants.push(node(&both));
    }
    variants
}

/// Values for every property of a module: the general ones, words of its schema, and numbers around its bounds.
fn values(recorded: &Recorded) -> Vec<Value> {
    let mut values = everywhere();
    for word in &recorded.words {
        values.push(json!(word));
        values.push(json!([word]));
    }
    for bound in &recorded.bounds {
        for number in [bound - 1, *bound, bound + 1] {
            values.push(json!(number));
            if let Ok(length) = u64::try_from(number)
                && length <= MAX_TEXT
            {
                values.push(json!("x".repeat(length as usize)));
            }
        }
    }
    values
}

/// The data with a value at a path: `a.b`, or `a[].b` for the first item of a list.
fn with(mut data: Value, path: &str, value: Value) -> Value {
    let mut place = &mut data;
    for key in path.split('.') {
        let (key, in_list) = match key.strip_suffix("[]") {
            Some(key) => (key, true),
            None => (key, false),
        };
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[key];
        if in_list {
            if place.get(0).is_none() {
                *place = json!([null]);
            }
            place = &mut place[0];
        }
    }
    *place = value;
    data
}

/// A generator of numbers that is always the same (xorshift64).
struct Chance(u64);

impl Chance {
    fn of(seed: &str) -> Self {
        let seed = seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed | 1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let count = all.len() as u64;
        all.get(self.0.checked_rem(count)? as usize)
    }
}

/// A simple value that a schema accepts.
pub(super) fn accepted(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["pattern"].as_str() {
        Some("^https?://") => return json!("https://example.com/"),
        Some(_) => return json!("en-us"),
        None => {}
    }
    if schema["kazoo-validation"] == true {
        return json!("https://example.com/");
    }
    let length = schema["minLength"].as_u64().unwrap_or(1) as usize;
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "email" => json!("a@b"),
        Some("string") => json!("x".repeat(length)),
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([accepted(&schema["items"])]),
        _ if schema.get("oneOf").is_some() && schema.get("required").is_none() => {
            accepted(&schema["oneOf"][0])
        }
        _ => required_of(schema),
    }
}

/// An object with the properties that a schema requires.
pub(super) fn required_of(schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten();
    let fields = required.filter_map(Value::as_str);
    let fields = fields.map(|name| (name.to_owned(), accepted(&schema["properties"][name])));
    Value::Object(fields.collect::<Map<_, _>>())
}
