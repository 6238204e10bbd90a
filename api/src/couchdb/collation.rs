//! The order of keys in views (CouchDB, "View Collation"): null, false, true, numbers, strings, lists, objects. Strings
//! are compared by code points, where CouchDB uses ICU: the keys are account ids and function ids, which are digits.

use std::cmp::Ordering;

use serde_json::Value;

/// Compares two keys.
pub(crate) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            let exact = left.as_i64().zip(right.as_i64());
            match exact {
                Some((left, right)) => left.cmp(&right),
                None => left
                    .as_f64()
                    .unwrap_or_default()
                    .total_cmp(&right.as_f64().unwrap_or_default()),
            }
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let differing = left
                .iter()
                .zip(right)
                .map(|(left, right)| compare(left, right));
            first(differing).then(left.len().cmp(&right.len()))
        }
        (Value::Object(left), Value::Object(right)) => {
            let differing = left
                .iter()
                .zip(right)
                .map(|(left, right)| left.0.cmp(right.0).then_with(|| compare(left.1, right.1)));
            first(differing).then(left.len().cmp(&right.len()))
        }
        (left, right) => kind(left).cmp(&kind(right)),
    }
}

fn first(mut differing: impl Iterator<Item = Ordering>) -> Ordering {
    differing.find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
}

/// The rank of a kind of value.
fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_key() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3_i64..3).prop_map(Value::from),
            (-3.0..3.0).prop_map(Value::from),
            "[a-cA-C]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[ab]", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn keys_are_in_couchdbs_order() {
        let ordered = [
            json!(null),
            json!(false),
            json!(true),
            json!(-1),
            json!(0.5),
            json!(1),
            json!(2),
            json!(""),
            json!("A"),
            json!("a"),
            json!("aa"),
            json!("b"),
            json!("\u{fff0}"),
            json!("\u{10000}"),
            json!([]),
            json!([null]),
            json!(["a"]),
            json!(["a", null]),
            json!(["a", "b"]),
            json!(["a", "b", "c"]),
            json!(["a", "\u{fff0}"]),
            json!(["a", []]),
            json!(["a", {}]),
            json!(["b"]),
            json!([{}]),
            json!({}),
            json!({"a": 1}),
            json!({"a": 2}),
            json!({"a": 2, "b": 1}),
            json!({"b": 0}),
        ];
        for pair in ordered.windows(2) {
            assert_eq!(compare(&pair[0], &pair[1]), Ordering::Less, "{pair:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_one(a in any_key(), b in any_key(), c in any_key()) {
            prop_assert_eq!(compare(&a, &a), Ordering::Equal);
            prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
                prop_assert!(compare(&a, &c).is_le());
            }
        }
    }
}
