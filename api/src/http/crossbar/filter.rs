//! Filters of lists (KAZOO `crossbar_filter.erl`).

use serde_json::{Map, Value};
use switchhook_store::gregorian;

/// Most conditions, since each is checked for every function of an account. People use one or two.
pub(crate) const MAX_CONDITIONS: usize = 32;

/// Conditions that a document must meet.
#[derive(Debug, Default)]
pub(crate) struct Filter(Vec<Condition>);

/// A condition, from one parameter of the query.
#[derive(Debug)]
struct Condition {
    test: Test,
    /// Whether the test must fail. If the test cannot be made, the document is excluded in any case.
    negated: bool,
}

#[derive(Debug)]
enum Test {
    /// The value as text is one of these.
    Is(Path, Vec<String>),
    HasKey(Path),
    HasValue(Path),
    Time(Time, Bound),
}

/// Keys from the document down. In a list, the position, from 1.
#[derive(Debug)]
struct Path(Vec<String>);

#[derive(Clone, Copy, Debug)]
enum Time {
    Created,
    Modified,
}

/// An inclusive bound in seconds since the year 0. `None` if the text is not a number.
#[derive(Clone, Copy, Debug)]
enum Bound {
    From(Option<i64>),
    To(Option<i64>),
}

/// The test cannot be made: a part of the path has no keys, or the time is not known.
struct Unanswerable;

impl Filter {
    /// The filter of a query's decoded parameters. Other parameters are ignored. `None` if there are more than
    /// [`MAX_CONDITIONS`].
    pub(crate) fn from_query<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let conditions = pairs.filter_map(|(key, value)| Condition::of(key, value));
        let conditions: Vec<_> = conditions.take(MAX_CONDITIONS + 1).collect();
        (conditions.len() <= MAX_CONDITIONS).then_some(Self(conditions))
    }

    /// Whether a document meets all conditions. `created` and `modified` are seconds since the beginning of 1970.
    pub(crate) fn matches(
        &self,
        document: &Map<String, Value>,
        created: Option<i64>,
        modified: Option<i64>,
    ) -> bool {
        self.0.iter().all(|Condition { test, negated }| {
            let met = match test {
                Test::Is(path, wanted) => path.of(document).map(|value| {
                    let text = value.map(text).unwrap_or_default();
                    wanted.iter().any(|wanted| wanted.as_bytes() == text)
                }),
                Test::HasKey(path) => path.of(document).map(|value| value.is_some()),
                Test::HasValue(path) => path
                    .of(document)
                    .map(|value| value.is_some_and(|value| !is_empty(value))),
                Test::Time(Time::Created, bound) => bound.holds(created),
                Test::Time(Time::Modified, bound) => bound.holds(modified),
            };
            met.is_ok_and(|met| met != *negated)
        })
    }
}

impl Condition {
    fn of(key: &str, value: &str) -> Option<Self> {
        let is = |test| Self {
            test,
            negated: false,
        };
        let is_not = |test| Self {
            test,
            negated: true,
        };
        let path = || Path::new(value);
        let number = || whole_number(value);
        Some(match key {
            "has_key" => is(Test::HasKey(path())),
            "key_missing" => is_not(Test::HasKey(path())),
            "has_value" => is(Test::HasValue(path())),
            // KAZOO's code has one of the names, and its documentation the other.
            "value_missing" | "missing_value" => is_not(Test::HasValue(path())),
            "created_from" => is(Test::Time(Time::Created, Bound::From(number()))),
            "created_to" => is(Test::Time(Time::Created, Bound::To(number()))),
            "modified_from" => is(Test::Time(Time::Modified, Bound::From(number()))),
            "modified_to" => is(Test::Time(Time::Modified, Bound::To(number()))),
            _ => {
                if let Some(path) = key.strip_prefix("filter_not_") {
                    is_not(Test::Is(Path::new(path), any_of(value)))
                } else {
                    let path = key.strip_prefix("filter_")?;
                    is(Test::Is(Path::new(path), any_of(value)))
                }
            }
        })
    }
}

impl Path {
    fn new(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }

    fn of<'a>(&self, document: &'a Map<String, Value>) -> Result<Option<&'a Value>, Unanswerable> {
        let Some((first, rest)) = self.0.split_first() else {
            return Ok(None);
        };
        let mut found = document.get(first);
        for key in rest {
            found = match found {
                None => return Ok(None),
                Some(Value::Object(fields)) => fields.get(key),
                Some(Value::Array(items)) => whole_number(key)
                    .and_then(|position| usize::try_from(position).ok()?.checked_sub(1))
                    .and_then(|index| items.get(index)),
                Some(_) => return Err(Unanswerable),
            };
        }
        Ok(found)
    }
}

impl Bound {
    fn holds(self, unix: Option<i64>) -> Result<bool, Unanswerable> {
        let time = gregorian::from_unix(unix.ok_or(Unanswerable)?);
        match self {
            Self::From(from) => Ok(from.ok_or(Unanswerable)? <= time),
            Self::To(to) => Ok(time <= to.ok_or(Unanswerable)?),
        }
    }
}

/// The text itself, and the strings in it if it is a JSON string or a list of strings.
fn any_of(text: &str) -> Vec<String> {
    let strings = match serde_json::from_str(text) {
        Ok(Value::String(one)) => vec![one],
        Ok(Value::Array(some)) => some
            .into_iter()
            .filter_map(|item| match item {
                Value::String(item) => Some(item),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    std::iter::once(text.to_owned()).chain(strings).collect()
}

/// A value as text, as in `kz_term:to_binary/1`. Empty for values that KAZOO cannot write.
fn text(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Array(items) => {
            let mut bytes = Vec::new();
            if joined(items, &mut bytes) {
                bytes
            } else {
                Vec::new()
            }
        }
        other => other.to_string().into_bytes(),
    }
}

/// Appends a list as in Erlang's `iolist_to_binary/1`: strings one after the other, numbers as bytes. Returns whether
/// this is possible.
fn joined(items: &[Value], bytes: &mut Vec<u8>) -> bool {
    items.iter().all(|item| match item {
        Value::String(text) => {
            bytes.extend_from_slice(text.as_bytes());
            true
        }
        Value::Array(items) => joined(items, bytes),
        other => match other.as_u64().map(u8::try_from) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                true
            }
            _ => false,
        },
    })
}

/// `kz_term:is_empty/1`. `false` is not empty.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => matches!(text.as_str(), "" | "0" | "NULL" | "undefined"),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// `kz_term:to_integer/1`, which rounds fractions.
fn whole_number(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| {
        let (_, fraction) = text.split_once('.')?;
        let number: f64 = text.parse().ok()?;
        // Digits alone are always finite, and casting limits the value to an `i64`.
        (!fraction.is_empty() && number.is_finite()).then_some(number.round() as i64)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const CREATED: i64 = 1_700_000_000;
    const MODIFIED: i64 = 1_700_000_100;

    fn filter<'a>(query: &'a [(&'a str, &'a str)]) -> Filter {
        Filter::from_query(query.iter().copied()).unwrap()
    }

    fn matches(query: &[(&str, &str)]) -> bool {
        let document = json!({
            "name": "one", "enabled": true, "disabled": false, "count": 3, "zero": 0, "share": 0.5,
            "empty": "", "nothing": null, "none": [], "bare": {}, "word": "undefined",
            "tags": ["a", "b"], "letters": [72, "i"], "mixed": [true],
            "owner": {"id": "abc", "a": [{"b": "deep"}]},
        });
        let Value::Object(document) = document else {
            unreachable!()
        };
        filter(query).matches(&document, Some(CREATED), Some(MODIFIED))
    }

    #[test]
    fn values_are_compared_as_texts() {
        for (key, value, expected) in [
            ("filter_name", "one", true),
            ("filter_name", "two", false),
            ("filter_name", "\"one\"", true),
            ("filter_name", r#"["two","one"]"#, true),
            ("filter_name", r#"["two"]"#, false),
            ("filter_not_name", "one", false),
            ("filter_not_name", "two", true),
            ("filter_not_name", r#"["two","one"]"#, false),
            ("filter_enabled", "true", true),
            ("filter_disabled", "false", true),
            ("filter_count", "3", true),
            ("filter_count", "[3]", false),
            ("filter_count", r#"["3"]"#, true),
            ("filter_share", "0.5", true),
            ("filter_nothing", "null", true),
            ("filter_tags", "ab", true),
            ("filter_tags", "a", false),
            ("filter_letters", "Hi", true),
            ("filter_mixed", "", true),
            ("filter_bare", "{}", true),
            ("filter_owner.id", "abc", true),
            ("filter_tags.1", "a", true),
            ("filter_tags.0", "a", false),
            ("filter_tags.x", "", true),
            ("filter_owner.a.1.b", "deep", true),
            ("filter_missing", "", true),
            ("filter_missing", "x", false),
            ("filter_not_missing", "x", true),
            ("filter_missing.further.down", "", true),
        ] {
            assert_eq!(matches(&[(key, value)]), expected, "{key}={value}");
        }
    }

    #[test]
    fn keys_and_values_can_be_there_or_not() {
        for (path, key, value) in [
            ("name", true, true),
            ("disabled", true, true),
            ("count", true, true),
            ("zero", true, false),
            ("empty", true, false),
            ("nothing", true, false),
            ("none", true, false),
            ("bare", true, false),
            ("word", true, false),
            ("owner", true, true),
            ("owner.id", true, true),
            ("owner.name", false, false),
            ("tags.2", true, true),
            ("tags.3", false, false),
            ("missing", false, false),
        ] {
            assert_eq!(matches(&[("has_key", path)]), key, "{path}");
            assert_eq!(matches(&[("key_missing", path)]), !key, "{path}");
            assert_eq!(matches(&[("has_value", path)]), value, "{path}");
            assert_eq!(matches(&[("value_missing", path)]), !value, "{path}");
            assert_eq!(matches(&[("missing_value", path)]), !value, "{path}");
        }
    }

    #[test]
    fn times_are_bounds_that_belong_to_them() {
        for (time, at) in [("created", CREATED), ("modified", MODIFIED)] {
            let at = gregorian::from_unix(at);
            for (bound, earlier, same, later) in
                [("from", true, true, false), ("to", false, true, true)]
            {
                let key = format!("{time}_{bound}");
                for (at, expected) in [(at - 1, earlier), (at, same), (at + 1, later)] {
                    assert_eq!(matches(&[(&key, &at.to_string())]), expected, "{key}");
                }
            }
        }
        assert!(matches(&[
            ("created_from", "1.5"),
            ("created_to", "999999999999999999999.5")
        ]));
    }

    #[test]
    fn what_cannot_be_evaluated_excludes() {
        for (key, value) in [
            ("filter_name.further", ""),
            ("filter_not_name.further", "x"),
            ("has_key", "name.further"),
            ("key_missing", "name.further"),
            ("has_value", "count.1"),
            ("value_missing", "nothing.1"),
            ("created_from", "yesterday"),
            ("modified_to", ""),
        ] {
            assert!(!matches(&[(key, value)]), "{key}={value}");
        }
        let timeless = Map::new();
        for key in ["created_from", "created_to", "modified_from", "modified_to"] {
            let query = [(key, "63000000000")];
            assert!(!filter(&query).matches(&timeless, None, None), "{key}");
        }
    }

    #[test]
    fn all_conditions_must_be_met_and_other_parameters_are_none() {
        assert!(matches(&[("filter_name", "one"), ("has_key", "tags")]));
        assert!(!matches(&[("filter_name", "one"), ("has_key", "tag")]));
        let query = [
            ("page_size", "1"),
            ("filter", "x"),
            ("has_keys", "x"),
            ("start_key", "y"),
        ];
        assert!(filter(&query).0.is_empty());
        assert!(matches(&query));
        assert!(!filter(&[("has_key", "a")]).0.is_empty());
    }

    #[test]
    fn conditions_are_counted() {
        let conditions = |count| Filter::from_query(std::iter::repeat_n(("has_key", "a"), count));
        assert!(conditions(MAX_CONDITIONS).is_some());
        assert!(conditions(MAX_CONDITIONS + 1).is_none());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-c]", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_negation_is_the_opposite_or_neither_can_be_said(
            value in any_json(),
            path in "[a-c1-3.]{0,5}",
            wanted in prop_oneof![".{0,4}", any_json().prop_map(|value| value.to_string())],
            time in prop_oneof![any::<i64>().prop_map(|number| number.to_string()), ".{0,5}"],
            created in any::<Option<i64>>(),
        ) {
            let document = Map::from_iter([("a".to_owned(), value)]);
            let is = |key: &str, value: &str| filter(&[(key, value)]).matches(&document, created, None);
            let opposites = [
                (is(&format!("filter_{path}"), &wanted), is(&format!("filter_not_{path}"), &wanted)),
                (is("has_key", &path), is("key_missing", &path)),
                (is("has_value", &path), is("value_missing", &path)),
            ];
            let answerable = opposites[1].0 || opposites[1].1;
            for (one, other) in opposites {
                prop_assert_eq!(one != other, answerable);
            }
            prop_assert!(opposites[1].0 || !opposites[2].0, "a value has a key");
            if created.is_some() && whole_number(&time).is_some() {
                prop_assert!(is("created_from", &time) || is("created_to", &time));
            } else {
                prop_assert!(!is("created_from", &time) && !is("created_to", &time));
            }
        }
    }
}
