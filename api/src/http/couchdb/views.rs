//! `_design/functions/_view/…`: the views of KAZOO's design document, which need not have been written here. Other
//! design documents have no views.

use std::collections::VecDeque;

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use serde_json::{Value, json};

use super::{
    error::CouchError,
    parameters::{Keys, Parameters},
    request::Request,
    stream::{self, Rows},
};
use crate::couchdb::{Bound, Database, Row, Span, View, ViewRows};

/// The name of the design document.
const DESIGN: &str = "functions";

/// How rows are grouped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    /// Not grouped.
    Rows,
    /// All rows are counted together.
    Total,
    /// The rows of each key are counted.
    Keys,
}

struct ViewQuery {
    view: View,
    spans: Vec<Span>,
    grouping: Grouping,
    skip: u64,
    limit: u64,
    include_docs: bool,
    update_seq: bool,
}

pub(super) async fn answer(
    request: &Request,
    design: &str,
    view: &str,
) -> Result<HttpResponse, CouchError> {
    if !matches!(request.method(), Method::GET | Method::POST) {
        return Err(CouchError::method_not_allowed("GET,HEAD,POST"));
    }
    let view = View::named(view).filter(|_| design == DESIGN);
    let view = view.ok_or_else(|| {
        CouchError::not_found(
            "missing_named_view: only accounts_listing, crossbar_listing and functions_listing of _design/functions are answered here",
        )
    })?;
    let query = query(view, &request.parameters_and_body()?)?;
    stream::list(request.couchdb().clone(), move |couchdb, rows| async move {
        send(&couchdb.database, query, rows).await
    })
    .await
}

pub(super) fn info(request: &Request, design: &str) -> Result<HttpResponse, CouchError> {
    if design != DESIGN {
        return Err(CouchError::missing());
    }
    match request.method() {
        Method::GET => Ok(request.json(
            StatusCode::OK,
            &json!({
                "name": DESIGN,
                "view_index": {
                    "signature": "", "language": "javascript",
                    "sizes": {"file": 0, "external": 0, "active": 0},
                    "updater_running": false, "compact_running": false, "waiting_commit": false,
                    "waiting_clients": 0, "update_seq": 0, "purge_seq": 0,
                },
            }),
        )),
        _ => Err(CouchError::method_not_allowed("GET")),
    }
}

fn query(view: View, parameters: &Parameters) -> Result<ViewQuery, CouchError> {
    let grouping = grouping(view, parameters)?;
    let include_docs = parameters.flag("include_docs")?.unwrap_or(false);
    if include_docs && grouping != Grouping::Rows {
        return Err(CouchError::query("`include_docs` is invalid for reduce"));
    }
    let spans = spans(parameters)?;
    if spans.len() > 1 && grouping == Grouping::Total {
        return Err(CouchError::query(
            "Multi-key fetches for reduce views must use `group=true`",
        ));
    }
    Ok(ViewQuery {
        view,
        spans,
        grouping,
        skip: parameters.number("skip")?.unwrap_or(0),
        limit: parameters.number("limit")?.unwrap_or(u64::MAX),
        include_docs,
        update_seq: parameters.flag("update_seq")?.unwrap_or(false),
    })
}

fn grouping(view: View, parameters: &Parameters) -> Result<Grouping, CouchError> {
    let reduce = parameters.flag("reduce")?;
    let level = parameters.number("group_level")?.unwrap_or(0);
    let group = parameters.flag("group")?.unwrap_or(false) || level > 0;
    if !view.is_counted() && reduce == Some(true) {
        return Err(CouchError::query("Reduce is invalid for map-only views."));
    }
    let is_reduced = view.is_counted() && reduce != Some(false);
    match (is_reduced, group) {
        (true, true) => Ok(Grouping::Keys),
        (true, false) => Ok(Grouping::Total),
        (false, true) => Err(CouchError::query("Invalid use of grouping on a map view.")),
        (false, false) => Ok(Grouping::Rows),
    }
}

fn spans(parameters: &Parameters) -> Result<Vec<Span>, CouchError> {
    let Keys {
        from,
        to,
        is_open,
        descending,
        named,
    } = parameters.keys()?;
    let bound = |key: Option<Value>, names: [&str; 2]| {
        let id = names.iter().find_map(|name| parameters.text(name));
        let id = id.map(str::to_owned);
        key.map(|key| Bound { key, id })
    };
    let span = Span {
        from: bound(from, ["startkey_docid", "start_key_doc_id"]),
        to: bound(to, ["endkey_docid", "end_key_doc_id"]),
        is_open,
        descending,
    };
    let Some(keys) = named else {
        if span.is_impossible() {
            return Err(CouchError::query(
                "No rows can match your key range, reverse your start_key and end_key or set descending=true",
            ));
        }
        return Ok(vec![span]);
    };
    let of = |key: Value| {
        let bound = Some(Bound { key, id: None });
        Span {
            from: bound.clone(),
            to: bound,
            is_open: false,
            descending,
        }
    };
    Ok(keys.into_iter().map(of).collect())
}

async fn send(database: &Database, query: ViewQuery, mut rows: Rows) -> Result<(), CouchError> {
    let counts = database.counts().await?;
    rows.write(b"{");
    if query.grouping == Grouping::Rows {
        let total = database.count_functions(query.view).await?;
        let is_from_the_start = matches!(&query.spans[..], [Span { from: None, .. }]);
        let offset = is_from_the_start.then_some(query.skip.min(total));
        rows.write(b"\"total_rows\":");
        rows.value(&total).await?;
        rows.write(b",\"offset\":");
        rows.value(&offset).await?;
        rows.write(b",");
    }
    if query.update_seq {
        rows.write(b"\"update_seq\":");
        rows.value(&counts.sequence.to_string()).await?;
        rows.write(b",");
    }
    rows.write(b"\"rows\":[\n");
    let mut window = Window {
        skip: query.skip,
        left: query.limit,
    };
    let mut found = ViewRows::new(database.clone(), query.view, query.spans);
    let mut groups = Groups::new(query.grouping);
    while window.left > 0
        && let Some((piece, follow)) = found.next().await?
    {
        for (Row { id, key, value }, document) in piece {
            if query.grouping != Grouping::Rows {
                groups.add(key);
                continue;
            }
            if window.takes() {
                let mut row = json!({"id": id, "key": key, "value": value});
                if query.include_docs {
                    row["doc"] = document.to_json().into();
                }
                rows.row(&row).await?;
            }
            if window.left == 0 {
                break;
            }
        }
        // Groups end where a single key's rows end.
        while let Some((key, count)) = groups.next(!follow && query.grouping == Grouping::Keys) {
            if window.takes() {
                rows.row(&json!({"key": key, "value": count})).await?;
            }
        }
    }
    if let Some((key, count)) = groups.next(true)
        && window.takes()
    {
        rows.row(&json!({"key": key, "value": count})).await?;
    }
    rows.finish(b"\n]}\n").await
}

/// The rows that are sent: `skip` and `limit`.
struct Window {
    skip: u64,
    left: u64,
}

impl Window {
    /// Whether the next row is sent.
    fn takes(&mut self) -> bool {
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        let takes = self.left > 0;
        self.left = self.left.saturating_sub(1);
        takes
    }
}

/// Keys and the numbers of their rows. Keys come in order, so all but the last are complete.
struct Groups {
    grouping: Grouping,
    counted: VecDeque<(Value, u64)>,
}

impl Groups {
    fn new(grouping: Grouping) -> Self {
        Self {
            grouping,
            counted: VecDeque::new(),
        }
    }

    fn add(&mut self, key: Value) {
        let key = match self.grouping {
            Grouping::Keys => key,
            Grouping::Rows | Grouping::Total => Value::Null,
        };
        match self.counted.back_mut() {
            Some((last, count)) if *last == key => *count += 1,
            _ => self.counted.push_back((key, 1)),
        }
    }

    /// The next complete group. With `all`, the last group is complete, too.
    fn next(&mut self, all: bool) -> Option<(Value, u64)> {
        if self.counted.len() > 1 || all {
            self.counted.pop_front()
        } else {
            None
        }
    }
}
