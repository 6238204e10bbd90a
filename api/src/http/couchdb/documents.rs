//! Reads, writes and deletes single documents (CouchDB `chttpd_db.erl`, `db_doc_req/3`).

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
};
use serde_json::{Map, Value, json};
use switchhook_store::Revision;

use super::{
    Database, error::CouchError, open_revisions, parameters::Parameters, request::Request,
};
use crate::{
    couchdb::{Document, Edit},
    http::content,
};

pub(super) async fn answer(request: &Request, id: &str) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::GET => read(request, id).await,
        Method::PUT => write(request, id).await,
        Method::DELETE => delete(request, id).await,
        _ => Err(CouchError::method_not_allowed("DELETE,GET,HEAD,PUT")),
    }
}

/// What the client wants to know about a document beside its body.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras {
    /// The names of its revisions.
    revisions: bool,
    /// The names of its revisions, and which of them can be read.
    revisions_info: bool,
    /// The latest revision after the named one, in place of that one.
    latest: bool,
}

impl Extras {
    pub(super) fn of(parameters: &Parameters) -> Self {
        let is_true = |name| parameters.text(name) == Some("true");
        Self {
            revisions: is_true("revs"),
            revisions_info: is_true("revs_info") || is_true("meta"),
            latest: is_true("latest"),
        }
    }

    /// The parts that lists of documents show. They do not show which revisions can be read, because that takes a read
    /// of each.
    pub(super) fn of_many(self) -> Self {
        Self {
            revisions_info: false,
            ..self
        }
    }

    fn any(self) -> bool {
        self.revisions || self.revisions_info
    }
}

async fn read(request: &Request, id: &str) -> Result<HttpResponse, CouchError> {
    let parameters = request.parameters();
    let extras = Extras::of(&parameters);
    let database = request.database();
    if let Some(which) = parameters.text("open_revs") {
        return open_revisions::answer(request, id, which, extras).await;
    }
    let document = match parameters.text("rev") {
        Some(rev) => {
            let found = at(database, id, &revision(rev)?, extras).await?;
            found.ok_or_else(CouchError::missing)?
        }
        None => match database.document(id).await? {
            None => return Err(CouchError::missing()),
            Some(document) if document.deleted => return Err(CouchError::deleted()),
            Some(document) => document,
        },
    };
    if extras.any() {
        return Ok(request.json(StatusCode::OK, &shown(database, &document, extras).await?));
    }
    let tag = tag(&document.revision);
    let known = request.header(header::IF_NONE_MATCH);
    if known.is_some_and(|known| {
        known
            .split(',')
            .any(|it| it.trim().as_bytes() == tag.as_bytes())
    }) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, tag))
            .finish());
    }
    let mut reply = request.json(StatusCode::OK, &document.to_json());
    reply.headers_mut().insert(header::ETAG, tag);
    Ok(reply)
}

/// A document at a revision. With `latest`, the current revision, if it came after that one.
pub(super) async fn at(
    database: &Database,
    id: &str,
    revision: &Revision,
    extras: Extras,
) -> Result<Option<Document>, CouchError> {
    if extras.latest
        && let Some(document) = database.document(id).await?
    {
        let ancestry = database.ancestry(id, &document.revision).await?;
        if ancestry.contains(revision) {
            return Ok(Some(document));
        }
    }
    Ok(database.document_at(id, revision).await?)
}

/// A document with the extras.
pub(super) async fn shown(
    database: &Database,
    document: &Document,
    extras: Extras,
) -> Result<Map<String, Value>, CouchError> {
    let mut json = document.to_json();
    if !extras.any() {
        return Ok(json);
    }
    let ancestry = database.ancestry(&document.id, &document.revision).await?;
    if extras.revisions {
        let hashes: Vec<_> = ancestry.iter().map(Revision::hash).collect();
        let revisions = json!({"start": document.revision.generation(), "ids": hashes});
        json.insert("_revisions".into(), revisions);
    }
    if extras.revisions_info {
        let mut info = Vec::with_capacity(ancestry.len());
        for revision in &ancestry {
            let found = database.document_at(&document.id, revision).await?;
            let status = match found {
                None => "missing",
                Some(found) if found.deleted => "deleted",
                Some(_) => "available",
            };
            info.push(json!({"rev": revision.as_str(), "status": status}));
        }
        json.insert("_revs_info".into(), info.into());
    }
    Ok(json)
}

/// POST to the database: writes a document, whose id may be chosen by the server.
pub(super) async fn create(request: &Request) -> Result<HttpResponse, CouchError> {
    let edit = Edit::read(None, request.json_body()?)?;
    save(request, edit).await
}

async fn write(request: &Request, id: &str) -> Result<HttpResponse, CouchError> {
    if content::essence(request.headers()).starts_with("multipart/") {
        return Err(CouchError::content_type(
            "attachments are not kept here: Content-Type must be application/json",
        ));
    }
    let mut edit = Edit::read(Some(id), request.body_as()?)?;
    edit.revision = named_revision(request, edit.revision)?;
    if request.parameters().text("new_edits") == Some("false") {
        let revision = replicated(&edit)?;
        let id = edit.id.clone();
        request.database().replicate(edit).await?;
        return Ok(written(request, StatusCode::CREATED, &id, &revision));
    }
    save(request, edit).await
}

/// The revision of an edit from another database.
pub(super) fn replicated(edit: &Edit) -> Result<Revision, CouchError> {
    edit.ancestry
        .first()
        .cloned()
        .ok_or_else(CouchError::nameless)
}

async fn save(request: &Request, edit: Edit) -> Result<HttpResponse, CouchError> {
    let id = edit.id.clone();
    let revision = request.database().save(edit).await?;
    Ok(written(request, StatusCode::CREATED, &id, &revision))
}

async fn delete(request: &Request, id: &str) -> Result<HttpResponse, CouchError> {
    let database = request.database();
    match database.document(id).await? {
        None => return Err(CouchError::missing()),
        Some(document) if document.deleted => return Err(CouchError::deleted()),
        Some(_) => {}
    }
    let edit = Edit {
        id: id.to_owned(),
        revision: named_revision(request, None)?,
        deleted: true,
        body: Map::new(),
        ancestry: Vec::new(),
    };
    let revision = database.save(edit).await?;
    Ok(written(request, StatusCode::OK, id, &revision))
}

/// The revision that a write follows, from its body, its query or `If-Match`.
fn named_revision(
    request: &Request,
    in_body: Option<Revision>,
) -> Result<Option<Revision>, CouchError> {
    let parameters = request.parameters();
    let in_query = parameters.text("rev").map(revision).transpose()?;
    if let (Some(in_body), Some(in_query)) = (&in_body, &in_query)
        && in_body != in_query
    {
        return Err(CouchError::bad_request(
            "Document rev from request body and query string have different values",
        ));
    }
    let explicit = in_body.or(in_query);
    let matched = request.header(header::IF_MATCH);
    let matched = matched
        .map(|tag| revision(tag.trim_matches('"')))
        .transpose()?;
    match (explicit, matched) {
        (Some(explicit), Some(matched)) if explicit != matched => Err(CouchError::bad_request(
            "Document rev and etag have different values",
        )),
        (explicit, matched) => Ok(explicit.or(matched)),
    }
}

pub(super) fn revision(text: &str) -> Result<Revision, CouchError> {
    Revision::parse(text).ok_or_else(|| CouchError::bad_request("Invalid rev format"))
}

fn tag(revision: &Revision) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", revision.as_str()))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

fn written(request: &Request, status: StatusCode, id: &str, revision: &Revision) -> HttpResponse {
    let body = json!({"ok": true, "id": id, "rev": revision.as_str()});
    let mut reply = request.json(status, &body);
    reply.headers_mut().insert(header::ETAG, tag(revision));
    if status == StatusCode::CREATED
        && let Ok(location) = request.location(id).try_into()
    {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    reply
}
