//! The views of KAZOO's design document `functions` (KAZOO `functionsdb-functions.json`), made of the stored documents,
//! without an index. All three are ordered by account and id.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};
use switchhook_store::{FIRST_ID, LAST_ID, document};

use super::{Document, collation::compare};

/// A view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// A row for each function. Reduced, the number of each account's functions.
    Accounts,
    /// The view for Crossbar's lists.
    Crossbar,
    /// The enabled functions.
    Functions,
}

/// A function as a row of a view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) key: Value,
    pub(crate) value: Value,
}

/// A bound of a span of rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    pub(crate) key: Value,
    /// The id, among rows with the same key.
    pub(crate) id: Option<String>,
}

/// A range of a view's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Span {
    /// Where reading begins (with the largest key, if descending).
    pub(crate) from: Option<Bound>,
    pub(crate) to: Option<Bound>,
    /// Whether the bound at the end is excluded.
    pub(crate) is_open: bool,
    pub(crate) descending: bool,
}

/// The position of a row relative to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Before,
    Within,
    /// Behind the span, like everything after it.
    Behind,
}

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the first row.
    End,
    /// At an account and an id.
    At(String, String),
    /// Nowhere, because no row can be in the span.
    Nowhere,
}

impl View {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "accounts_listing" => Some(Self::Accounts),
            "crossbar_listing" => Some(Self::Crossbar),
            "functions_listing" => Some(Self::Functions),
            _ => None,
        }
    }

    /// Whether its rows can be counted by key.
    pub(crate) fn is_counted(self) -> bool {
        self == Self::Accounts
    }

    /// The row for a document, if the view has one.
    pub(crate) fn row(self, document: &Document) -> Option<Row> {
        let body = &document.body;
        let is_there = match body.get("pvt_deleted") {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(_) => false,
        };
        let is_on = document::is_enabled(body);
        if !is_there || (self == Self::Functions && !is_on) {
            return None;
        }
        let account = body.get("pvt_account_id")?.clone();
        let id = document.id.clone();
        let mut value = Map::new();
        let mut show = |name: &str, value_of: Option<&Value>| {
            if let Some(shown) = value_of {
                value.insert(name.into(), shown.clone());
            }
        };
        if self != Self::Accounts {
            show("name", body.get("name"));
            show("function_js", body.get("function_js"));
        }
        if self == Self::Crossbar {
            show("enabled", Some(body.get("enabled").unwrap_or(&true.into())));
            show("disable_reason", body.get("pvt_disabled_message"));
        }
        Some(match self {
            Self::Accounts => Row {
                id,
                key: account,
                value: Value::Null,
            },
            Self::Crossbar | Self::Functions => Row {
                key: json!([account, id]),
                id,
                value: value.into(),
            },
        })
    }

    /// Whether a row can have this key.
    fn can_have(self, key: &Value) -> bool {
        match (self, key) {
            (Self::Accounts, key) => key.is_string(),
            (_, Value::Array(parts)) => parts.len() == 2 && parts.iter().all(Value::is_string),
            _ => false,
        }
    }

    /// Where to begin reading, so that no row of a span is missed and few others are read.
    pub(crate) fn start(self, span: &Span) -> Start {
        let Some(Bound { key, id }) = &span.from else {
            return Start::End;
        };
        if span.to.as_ref().is_some_and(|to| to.key == *key) && !self.can_have(key) {
            return Start::Nowhere;
        }
        // The first id of an account in the order of reading.
        let first = if span.descending { LAST_ID } else { FIRST_ID };
        let at = |account: &str, id: &str| Start::At(account.to_owned(), id.to_owned());
        // If all rows are on one side of the key, all or none are in the span.
        let beside = |rows_follow: bool| match rows_follow {
            true => Start::End,
            false => Start::Nowhere,
        };
        match (self, key) {
            (Self::Accounts, Value::String(account)) => at(account, id.as_deref().unwrap_or(first)),
            (Self::Accounts, other) => {
                let rows_are_larger = compare(other, &"".into()).is_lt();
                beside(rows_are_larger != span.descending)
            }
            (_, Value::Array(parts)) => match parts.first() {
                None => beside(!span.descending),
                Some(Value::String(account)) => match parts.get(1) {
                    Some(Value::String(id)) => at(account, id),
                    // Ids sort after everything before texts, and before everything after texts.
                    Some(other) if compare(other, &"".into()).is_gt() => at(account, LAST_ID),
                    _ => at(account, FIRST_ID),
                },
                Some(other) => {
                    let rows_are_larger = compare(other, &"".into()).is_lt();
                    beside(rows_are_larger != span.descending)
                }
            },
            (_, other) => {
                let rows_are_larger = compare(other, &json!([])).is_lt();
                beside(rows_are_larger != span.descending)
            }
        }
    }
}

impl Span {
    /// Whether the span begins behind its end, which CouchDB refuses.
    pub(crate) fn is_impossible(&self) -> bool {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return false;
        };
        self.directed(compare(&from.key, &to.key)).is_gt()
    }

    pub(crate) fn position(&self, row: &Row) -> Position {
        if let Some(from) = &self.from
            && self.directed(from.of_row(row)).is_lt()
        {
            return Position::Before;
        }
        let Some(to) = &self.to else {
            return Position::Within;
        };
        let to_row = self.directed(to.of_row(row));
        let is_behind = if self.is_open {
            to_row.is_ge()
        } else {
            to_row.is_gt()
        };
        if is_behind {
            Position::Behind
        } else {
            Position::Within
        }
    }

    /// The ordering in the direction of reading.
    fn directed(&self, ordering: Ordering) -> Ordering {
        if self.descending {
            ordering.reverse()
        } else {
            ordering
        }
    }
}

impl Bound {
    /// Whether a row is before, in or behind the span.
    fn of_row(&self, row: &Row) -> Ordering {
        compare(&row.key, &self.key).then_with(|| match &self.id {
            Some(id) => row.id.cmp(id),
            None => Ordering::Equal,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use switchhook_store::Revision;

    fn function(account: &str, id: &str, more: Value) -> Document {
        let mut body = json!({"pvt_type": "function", "pvt_account_id": account, "name": "n", "function_js": "return 1"});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let Value::Object(body) = body else {
            unreachable!("it is one")
        };
        Document {
            id: id.into(),
            revision: Revision::read("1-a".into()),
            deleted: false,
            body,
        }
    }

    #[test]
    fn views_show_what_kazoos_show() {
        let on = function("a", "f", json!({"other": 1}));
        let off = function(
            "a",
            "g",
            json!({"enabled": false, "pvt_disabled_message": "why"}),
        );
        let gone = function("a", "h", json!({"pvt_deleted": true}));
        let shown =
            |view: View, document| view.row(document).map(|row| json!([row.key, row.value]));
        let pair = json!({"name": "n", "function_js": "return 1"});
        assert_eq!(shown(View::Accounts, &on), Some(json!(["a", null])));
        assert_eq!(shown(View::Functions, &on), Some(json!([["a", "f"], pair])));
        assert_eq!(
            shown(View::Crossbar, &on),
            Some(json!([["a", "f"], {"name": "n", "function_js": "return 1", "enabled": true}]))
        );
        assert_eq!(shown(View::Accounts, &off), Some(json!(["a", null])));
        assert_eq!(shown(View::Functions, &off), None);
        assert_eq!(
            shown(View::Crossbar, &off),
            Some(
                json!([["a", "g"], {"name": "n", "function_js": "return 1", "enabled": false, "disable_reason": "why"}])
            )
        );
        for view in [View::Accounts, View::Crossbar, View::Functions] {
            assert_eq!(view.row(&gone), None);
        }
    }

    #[test]
    fn a_span_of_one_account_reads_no_other() {
        let from = |key| Span {
            from: Some(Bound { key, id: None }),
            ..Span::default()
        };
        let at = |account: &str, id: &str| Start::At(account.into(), id.into());
        let view = View::Crossbar;
        for (key, descending, expected) in [
            (json!(["b"]), false, at("b", FIRST_ID)),
            (json!(["b", "f"]), false, at("b", "f")),
            (json!(["b", "f", 1]), false, at("b", "f")),
            (json!(["b", {}]), false, at("b", LAST_ID)),
            (json!(["b", {}]), true, at("b", LAST_ID)),
            (json!(["b"]), true, at("b", FIRST_ID)),
            (json!(["b", null]), true, at("b", FIRST_ID)),
            (json!([]), false, Start::End),
            (json!([]), true, Start::Nowhere),
            (json!([1]), false, Start::End),
            (json!([{}]), false, Start::Nowhere),
            (json!([{}]), true, Start::End),
            (json!("b"), false, Start::End),
            (json!({}), false, Start::Nowhere),
            (json!({}), true, Start::End),
        ] {
            let span = Span {
                descending,
                ..from(key.clone())
            };
            assert_eq!(view.start(&span), expected, "{key} {descending}");
        }
        let view = View::Accounts;
        for (key, descending, expected) in [
            (json!("b"), false, at("b", FIRST_ID)),
            (json!("b"), true, at("b", LAST_ID)),
            (json!(null), false, Start::End),
            (json!(null), true, Start::Nowhere),
            (json!(["b"]), false, Start::Nowhere),
            (json!(["b"]), true, Start::End),
        ] {
            let span = Span {
                descending,
                ..from(key.clone())
            };
            assert_eq!(view.start(&span), expected, "{key} {descending}");
        }
    }

    fn any_part() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(json!(null)),
            Just(json!(1)),
            Just(json!({})),
            "[a-c]{0,2}".prop_map(Value::from),
        ]
    }

    fn any_bound() -> impl Strategy<Value = Option<Bound>> {
        let key = prop_oneof![
            any_part(),
            prop::collection::vec(any_part(), 0..4).prop_map(Value::from)
        ];
        let id = prop::option::of("[a-c]{0,2}");
        prop::option::of((key, id).prop_map(|(key, id)| Bound { key, id }))
    }

    proptest! {
        /// Reading from the start to the end of a span gives exactly the rows that the definition gives.
        #[test]
        fn no_row_of_a_span_is_missed(
            from in any_bound(), to in any_bound(), is_open: bool, descending: bool, counted: bool,
        ) {
            let view = if counted { View::Accounts } else { View::Crossbar };
            let span = Span { from, to, is_open, descending };
            let names = ["a", "ab", "b", "c"];
            let mut all: Vec<_> = names
                .iter()
                .flat_map(|account| names.iter().map(|id| (*account, *id)))
                .collect();
            if descending {
                all.reverse();
            }
            let is_read = |(account, id): &(&str, &str)| match view.start(&span) {
                Start::End => true,
                Start::Nowhere => false,
                Start::At(from_account, from_id) => {
                    let order = (*account, *id).cmp(&(from_account.as_str(), from_id.as_str()));
                    if descending { order.is_le() } else { order.is_ge() }
                }
            };
            let row = |(account, id): &(&str, &str)| {
                view.row(&function(account, id, json!({}))).unwrap()
            };
            let is_within = |row: &Row| span.position(row) == Position::Within;
            let expected: Vec<_> = all.iter().map(row).filter(is_within).collect();
            let read = all.iter().filter(|it| is_read(it)).map(row);
            let found: Vec<_> = read
                .skip_while(|row| span.position(row) == Position::Before)
                .take_while(is_within)
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
