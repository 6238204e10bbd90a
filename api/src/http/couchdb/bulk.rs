//! Many documents at once: each is read or written by itself, and fails by itself.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
    web::Bytes,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    Database,
    documents::{self, Extras},
    error::CouchError,
    request::Request,
    stream::{self, Rows},
};
use crate::{
    couchdb::{Edit, EditError},
    http::intake,
};

/// Documents of one request: a hundred times what replicators send.
const MAX_DOCUMENTS: usize = 10_000;

/// Unparsed: a document at a time is taken apart.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    docs: Option<&'a RawValue>,
    new_edits: Option<Value>,
}

/// `_bulk_docs`
pub(super) async fn write(request: &Request) -> Result<HttpResponse, CouchError> {
    let body = body(request)?;
    let Some(docs) = body.docs else {
        return Err(CouchError::bad_request(
            "POST body must include `docs` parameter.",
        ));
    };
    let docs = list(docs, "`docs` parameter must be an array.")?;
    let new_edits = match body.new_edits {
        None => true,
        Some(Value::Bool(new_edits)) => new_edits,
        Some(_) => {
            return Err(CouchError::bad_request(
                "`new_edits` parameter must be a boolean.",
            ));
        }
    };
    // All are read before the first is written: what is no JSON refuses the request.
    let mut edits = Vec::with_capacity(docs.len());
    for doc in docs {
        let (id, edit) = edit(doc)?;
        if let (false, Ok(edit)) = (new_edits, &edit) {
            documents::replicated(edit)?;
        }
        edits.push((id, edit));
    }
    let mut results = Vec::with_capacity(edits.len());
    for (id, edit) in edits {
        let edit = match edit {
            Ok(edit) => edit,
            Err(error) => {
                results.push(CouchError::from(error).of(json!({"id": id})));
                continue;
            }
        };
        let id = edit.id.clone();
        if new_edits {
            results.push(match request.database().save(edit).await {
                Ok(revision) => json!({"ok": true, "id": id, "rev": revision.as_str()}),
                Err(error) => CouchError::from(error).of(json!({"id": id})),
            });
        } else {
            let revision = documents::replicated(&edit)?;
            // Only what failed is named.
            if let Err(error) = request.database().replicate(edit).await {
                let what = json!({"id": id, "rev": revision.as_str()});
                results.push(CouchError::from(error).of(what));
            }
        }
    }
    Ok(request.json(StatusCode::CREATED, &results))
}

/// A document's own id, and what it should become, or why it is none: that is the document's own failure, since a
/// replicator would send the others with it again for ever.
fn edit(document: &RawValue) -> Result<(Option<String>, Result<Edit, EditError>), CouchError> {
    if document.get().len() > intake::MAX_OBJECT_BYTES {
        return Err(CouchError::document_too_large("a document in `docs`"));
    }
    let document: Value =
        serde_json::from_str(document.get()).map_err(|_| CouchError::not_json())?;
    let id = document["_id"].as_str().map(str::to_owned);
    match Edit::read(None, document) {
        Err(error @ EditError::NotAnObject) => Err(error.into()),
        edit => Ok((id, edit)),
    }
}

#[derive(Deserialize)]
struct Wanted {
    id: Option<Value>,
    rev: Option<String>,
}

/// `_bulk_get`
pub(super) async fn read(request: &Request) -> Result<HttpResponse, CouchError> {
    let body = body(request)?;
    let missing = || CouchError::bad_request("Missing JSON list of 'docs'.");
    let wanted = list(
        body.docs.ok_or_else(missing)?,
        "Missing JSON list of 'docs'.",
    )?;
    let wanted = wanted.into_iter().map(ToOwned::to_owned).collect();
    let extras = Extras::of(&request.parameters()).of_many();
    stream::list(request.couchdb().clone(), move |couchdb, rows| async move {
        read_all(&couchdb.database, wanted, extras, rows).await
    })
    .await
}

async fn read_all(
    database: &Database,
    wanted: Vec<Box<RawValue>>,
    extras: Extras,
    mut rows: Rows,
) -> Result<(), CouchError> {
    rows.write(b"{\"results\":[\n");
    for wanted in wanted {
        let wanted: Result<Wanted, _> = serde_json::from_str(wanted.get());
        let (id, docs) = match wanted {
            Ok(Wanted {
                id: Some(Value::String(id)),
                rev,
            }) => {
                let found = one(database, &id, rev.as_deref(), extras).await;
                let doc = match found {
                    Ok(document) => json!({"ok": document}),
                    Err(error) if error.status.is_server_error() => return Err(error),
                    Err(error) => {
                        let rev = rev.unwrap_or_else(|| "undefined".to_owned());
                        json!({"error": error.of(json!({"id": id, "rev": rev}))})
                    }
                };
                (Value::String(id), doc)
            }
            _ => {
                let error = CouchError::bad_request("document id missed");
                let what = json!({"id": null, "rev": null});
                (Value::Null, json!({"error": error.of(what)}))
            }
        };
        rows.row(&json!({"id": id, "docs": [docs]})).await?;
    }
    rows.finish(b"\n]}\n").await
}

async fn one(
    database: &Database,
    id: &str,
    rev: Option<&str>,
    extras: Extras,
) -> Result<Value, CouchError> {
    let found = match rev {
        Some(rev) => documents::at(database, id, &documents::revision(rev)?, extras).await?,
        None => database.document(id).await?,
    };
    let document = found.ok_or_else(CouchError::missing)?;
    let shown = documents::shown(database, &document, extras).await?;
    Ok(Value::Object(shown))
}

fn body(request: &Request) -> Result<Body<'_>, CouchError> {
    if request.method() != Method::POST {
        return Err(CouchError::method_not_allowed("POST"));
    }
    request.expect_json()?;
    let body: &Bytes = request.body();
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(CouchError::bad_request(
            "Request body must be a JSON object",
        ));
    }
    serde_json::from_slice(body).map_err(|_| CouchError::not_json())
}

fn list<'a>(docs: &'a RawValue, otherwise: &'static str) -> Result<Vec<&'a RawValue>, CouchError> {
    let docs: Vec<&RawValue> =
        serde_json::from_str(docs.get()).map_err(|_| CouchError::bad_request(otherwise))?;
    if docs.len() > MAX_DOCUMENTS {
        return Err(CouchError::too_large());
    }
    Ok(docs)
}
