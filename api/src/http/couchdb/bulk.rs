//! Requests about many documents. Each document is read or written separately, and fails separately.

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
    http::bodies,
};

/// Most documents of a request: a hundred times as many as replicators send.
const MAX_DOCUMENTS: usize = 10_000;

/// The documents, unparsed: they are parsed one at a time.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    docs: Option<&'a RawValue>,
    new_edits: Option<Value>,
}

/// `_bulk_docs`: writes documents.
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
    // A document without a valid head refuses the whole request, before anything is written.
    let heads = docs.iter().map(|doc| Head::read(doc));
    let heads = heads.collect::<Result<Vec<_>, _>>()?;
    if !new_edits && !heads.iter().all(Head::names_revision) {
        return Err(CouchError::nameless());
    }
    let mut results = Vec::with_capacity(docs.len());
    for (doc, head) in docs.into_iter().zip(heads) {
        results.extend(write_one(request, doc, head, new_edits).await?);
    }
    Ok(request.json(StatusCode::CREATED, &results))
}

/// The parts of a document that are read before it is parsed.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "_id")]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "_rev")]
    revision: Option<&'a RawValue>,
    #[serde(borrow, rename = "_revisions")]
    ancestry: Option<&'a RawValue>,
}

impl<'a> Head<'a> {
    fn read(document: &'a RawValue) -> Result<Self, CouchError> {
        if !document.get().starts_with('{') {
            return Err(EditError::NotAnObject.into());
        }
        serde_json::from_str(document.get()).map_err(|_| CouchError::not_json())
    }

    fn id(&self) -> Option<String> {
        serde_json::from_str(self.id?.get()).ok()
    }

    fn names_revision(&self) -> bool {
        self.revision.is_some() || self.ancestry.is_some()
    }
}

/// Writes a document. Returns its entry in the reply. For revisions from elsewhere, only failures have one. Each fails
/// separately, because a replicator would otherwise send all others again and again.
///
/// # Errors
/// If there is no memory to parse the document now.
async fn write_one(
    request: &Request,
    document: &RawValue,
    head: Head<'_>,
    new_edits: bool,
) -> Result<Option<Value>, CouchError> {
    let id = head.id();
    let failed = |error: CouchError| Ok(Some(error.of(json!({"id": id}))));
    if document.get().len() > bodies::MAX_OBJECT_BYTES {
        return failed(CouchError::document_too_large("a document in `docs`"));
    }
    let _share = match request.weighed(document.get().as_bytes())? {
        Some(share) => share,
        None => return failed(CouchError::document_too_large("a document in `docs`")),
    };
    let Ok(parsed) = serde_json::from_str(document.get()) else {
        return failed(CouchError::bad_request("the document is nested too deeply"));
    };
    let edit = match Edit::read(None, parsed) {
        Ok(edit) => edit,
        Err(error) => return failed(error.into()),
    };
    if new_edits {
        let id = edit.id.clone();
        return Ok(Some(match request.database().save(edit).await {
            Ok(revision) => json!({"ok": true, "id": id, "rev": revision.as_str()}),
            Err(error) => CouchError::from(error).of(json!({"id": id})),
        }));
    }
    let revision = match documents::replicated(&edit) {
        Ok(revision) => revision,
        Err(error) => return failed(error),
    };
    let written = request.database().replicate(edit).await;
    Ok(written.err().map(|error| {
        let what = json!({"id": id, "rev": revision.as_str()});
        CouchError::from(error).of(what)
    }))
}

#[derive(Deserialize)]
struct Wanted {
    id: Option<Value>,
    rev: Option<String>,
}

/// `_bulk_get`: reads documents.
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
