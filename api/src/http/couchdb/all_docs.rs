//! `_all_docs` and `_design_docs`: documents by id, in the order of their bytes.

use actix_web::{HttpResponse, http::Method};
use serde_json::{Value, json};

use super::{
    error::CouchError,
    parameters::{Keys, Parameters},
    request::Request,
    stream::{self, Rows},
};
use crate::couchdb::{Database, Document, IdRange, Piece, compare};

/// The kind of documents in the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    All,
    Design,
}

/// Bounds of design documents' ids.
const DESIGN: [&str; 2] = ["_design/", "_design0"];

struct ListQuery {
    /// `None` if no id can be in the range.
    range: Option<IdRange>,
    keys: Option<Vec<Value>>,
    skip: u64,
    limit: u64,
    include_docs: bool,
    update_seq: bool,
    is_from_the_start: bool,
}

pub(super) async fn answer(request: &Request, which: Which) -> Result<HttpResponse, CouchError> {
    if !matches!(request.method(), Method::GET | Method::POST) {
        return Err(CouchError::method_not_allowed("GET,HEAD,POST"));
    }
    let query = query(which, &request.parameters_and_body()?)?;
    stream::list(request.couchdb().clone(), move |couchdb, rows| async move {
        send(&couchdb.database, query, rows).await
    })
    .await
}

fn query(which: Which, parameters: &Parameters) -> Result<ListQuery, CouchError> {
    let Keys {
        from,
        to,
        is_open,
        descending,
        named: keys,
    } = parameters.keys()?;
    let is_from_the_start = from.is_none() && keys.is_none();
    Ok(ListQuery {
        range: range(from, to, !is_open, descending).and_then(|range| match which {
            Which::All => Some(range),
            Which::Design => within(range, DESIGN),
        }),
        keys,
        skip: parameters.number("skip")?.unwrap_or(0),
        limit: parameters.number("limit")?.unwrap_or(u64::MAX),
        include_docs: parameters.flag("include_docs")?.unwrap_or(false),
        update_seq: parameters.flag("update_seq")?.unwrap_or(false),
        is_from_the_start,
    })
}

/// The ids between two keys. If a key is not a text, all ids are on one side of it.
fn range(
    from: Option<Value>,
    to: Option<Value>,
    inclusive_end: bool,
    descending: bool,
) -> Option<IdRange> {
    let end = |key: Option<Value>, inclusive, ids_are_within: fn(bool) -> bool| match key {
        None => Some(None),
        Some(Value::String(id)) => Some(Some((id, inclusive))),
        Some(other) => {
            let ids_are_larger = compare(&other, &"".into()).is_lt();
            ids_are_within(ids_are_larger != descending).then_some(None)
        }
    };
    Some(IdRange {
        from: end(from, true, |ids_follow| ids_follow)?,
        to: end(to, inclusive_end, |ids_follow| !ids_follow)?,
        descending,
    })
}

/// The part of a range between two ids. `None` if it is empty.
fn within(range: IdRange, [first, last]: [&str; 2]) -> Option<IdRange> {
    let IdRange {
        from,
        to,
        descending,
    } = range;
    let (low, high) = if descending { (to, from) } else { (from, to) };
    let low = low.filter(|(id, _)| id.as_str() > first);
    let low = low.unwrap_or_else(|| (first.to_owned(), true));
    let high = high.filter(|(id, _)| id.as_str() < last);
    let high = high.unwrap_or_else(|| (last.to_owned(), false));
    if low.0 > high.0 {
        return None;
    }
    let (from, to) = if descending { (high, low) } else { (low, high) };
    Some(IdRange {
        from: Some(from),
        to: Some(to),
        descending,
    })
}

async fn send(database: &Database, query: ListQuery, mut rows: Rows) -> Result<(), CouchError> {
    let counts = database.counts().await?;
    rows.write(b"{\"total_rows\":");
    rows.value(&counts.documents).await?;
    let offset = query
        .is_from_the_start
        .then_some(query.skip.min(counts.documents));
    rows.write(b",\"offset\":");
    rows.value(&offset).await?;
    if query.update_seq {
        rows.write(b",\"update_seq\":");
        rows.value(&counts.sequence.to_string()).await?;
    }
    rows.write(b",\"rows\":[\n");
    let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    if let Some(keys) = query.keys {
        for key in keys.into_iter().skip(skip).take(limit) {
            let row = of_key(database, key, query.include_docs).await?;
            rows.row(&row).await?;
        }
    } else {
        let (mut range, mut skip, mut left) = (query.range, skip, limit);
        while left > 0
            && let Some(part) = range.take()
        {
            let Piece { items, more } = database.documents(part.clone()).await?;
            let last = items.last().filter(|_| more).map(|last| last.id.clone());
            range = last.map(|last| IdRange {
                from: Some((last, false)),
                ..part
            });
            let skipped = skip.min(items.len());
            skip -= skipped;
            for document in items.into_iter().skip(skipped).take(left) {
                left -= 1;
                rows.row(&row(&document, query.include_docs)).await?;
            }
        }
    }
    rows.finish(b"\n]}\n").await
}

fn row(document: &Document, include_docs: bool) -> Value {
    let mut row = json!({
        "id": document.id,
        "key": document.id,
        "value": {"rev": document.revision.as_str()},
    });
    if document.deleted {
        row["value"]["deleted"] = true.into();
    }
    if include_docs {
        row["doc"] = match document.deleted {
            true => Value::Null,
            false => document.to_json().into(),
        };
    }
    row
}

async fn of_key(database: &Database, key: Value, include_docs: bool) -> Result<Value, CouchError> {
    let found = match key.as_str() {
        Some(id) => database.document(id).await?,
        None => None,
    };
    Ok(match found {
        Some(document) => row(&document, include_docs),
        None => json!({"key": key, "error": "not_found"}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_no_ids_are_beside_all_ids() {
        let found = |from: Value, to: Value, descending| {
            let range = range(Some(from), Some(to), true, descending);
            range.map(|range| (range.from, range.to))
        };
        let id = |id: &str| Some((id.to_owned(), true));
        assert_eq!(found(json!(null), json!({}), false), Some((None, None)));
        assert_eq!(found(json!({}), json!(null), true), Some((None, None)));
        assert_eq!(found(json!("b"), json!([]), false), Some((id("b"), None)));
        assert_eq!(found(json!({}), json!("b"), false), None);
        assert_eq!(found(json!("b"), json!(1), false), None);
        assert_eq!(found(json!(1), json!("b"), true), None);
    }

    #[test]
    fn design_documents_are_a_part_of_the_range() {
        let design = |from: Option<&str>, to: Option<&str>, descending| {
            let end = |id: Option<&str>| id.map(|id| (id.to_owned(), true));
            let (from, to) = (end(from), end(to));
            let range = IdRange {
                from,
                to,
                descending,
            };
            within(range, DESIGN).map(|range| (range.from.unwrap().0, range.to.unwrap().0))
        };
        let ids = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(design(None, None, false), ids("_design/", "_design0"));
        assert_eq!(design(None, None, true), ids("_design0", "_design/"));
        assert_eq!(
            design(Some("_design/b"), None, false),
            ids("_design/b", "_design0")
        );
        assert_eq!(design(Some("a"), None, false), None);
        assert_eq!(design(None, Some("0"), false), None);
    }
}
