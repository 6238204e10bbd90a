//! The requests with which a replicator finds out which revisions are unknown here.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use serde_json::{Map, Value, json};
use switchhook_store::Revision;

use super::{documents::revision, error::CouchError, request::Request};

/// `_revs_diff`: for each document, the missing revisions and their possible ancestors.
pub(super) async fn revs_diff(request: &Request) -> Result<HttpResponse, CouchError> {
    let mut documents = Map::new();
    for (id, revisions) in asked(request)? {
        let unknown = request.database().unknown(&id, revisions).await?;
        if unknown.missing.is_empty() {
            continue;
        }
        let mut said = json!({"missing": names(&unknown.missing)});
        if !unknown.possible_ancestors.is_empty() {
            said["possible_ancestors"] = names(&unknown.possible_ancestors);
        }
        documents.insert(id, said);
    }
    Ok(request.json(StatusCode::OK, &documents))
}

/// `_missing_revs`: for each document, the missing revisions.
pub(super) async fn missing_revs(request: &Request) -> Result<HttpResponse, CouchError> {
    let mut documents = Map::new();
    for (id, revisions) in asked(request)? {
        let unknown = request.database().unknown(&id, revisions).await?;
        if !unknown.missing.is_empty() {
            documents.insert(id, names(&unknown.missing));
        }
    }
    Ok(request.json(StatusCode::OK, &json!({"missing_revs": documents})))
}

fn asked(request: &Request) -> Result<Vec<(String, Vec<Revision>)>, CouchError> {
    if request.method() != Method::POST {
        return Err(CouchError::method_not_allowed("POST"));
    }
    let asked: Map<String, Value> = request.json_body()?;
    let read = |(id, names): (String, Value)| {
        let Value::Array(names) = names else {
            return Err(CouchError::bad_request("Invalid list of revisions"));
        };
        let named = names.iter().map(|name| match name.as_str() {
            Some(name) => revision(name),
            None => Err(CouchError::bad_request("Invalid rev format")),
        });
        Ok((id, named.collect::<Result<_, _>>()?))
    };
    asked.into_iter().map(read).collect()
}

fn names(revisions: &[Revision]) -> Value {
    revisions.iter().map(Revision::as_str).collect()
}
