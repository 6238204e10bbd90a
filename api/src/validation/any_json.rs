//! Any JSON, for tests of code that reads it as text: its texts and keys look like JSON.

use proptest::prelude::*;
use serde_json::{Map, Value};

pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        r#"[\[\]{},: \n"\\a]{0,8}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 5, |inner| {
        let key = r#"[\[,: "\\a-f]{0,3}"#;
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
