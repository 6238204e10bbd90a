//! Requests about the database as a whole.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use serde_json::json;
use switchhook_store::MAX_ANCESTRY;

use super::{DATABASE, documents, error::CouchError, request::Request};

pub(super) fn does_not_exist() -> CouchError {
    CouchError::not_found("Database does not exist.")
}

/// Answers a request about any other database.
pub(super) fn other(request: &Request, name: &str) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::PUT => Err(CouchError::forbidden(format!(
            "{name} is not kept here: the only database is {DATABASE}"
        ))),
        _ => Err(does_not_exist()),
    }
}

pub(super) async fn answer(request: &Request) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::GET => info(request).await,
        // KAZOO creates its databases whenever it starts.
        Method::PUT => Err(CouchError::file_exists()),
        Method::DELETE => Err(CouchError::forbidden(
            "the database holds the functions of all accounts and is not deleted here",
        )),
        Method::POST => documents::create(request).await,
        _ => Err(CouchError::method_not_allowed("DELETE,GET,HEAD,POST,PUT")),
    }
}

async fn info(request: &Request) -> Result<HttpResponse, CouchError> {
    let counts = request.database().counts().await?;
    Ok(request.json(
        StatusCode::OK,
        &json!({
            "db_name": DATABASE,
            "purge_seq": "0",
            "update_seq": counts.sequence.to_string(),
            "sizes": {"file": 0, "external": 0, "active": 0},
            "props": {},
            "doc_del_count": counts.deleted,
            "doc_count": counts.documents,
            "disk_format_version": 8,
            "compact_running": false,
            "cluster": {"q": 1, "n": 1, "w": 1, "r": 1},
            "instance_start_time": "0",
        }),
    ))
}

/// Does nothing, because acknowledged writes are on the disk.
pub(super) fn ensure_full_commit(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_post(request)?;
    let body = json!({"ok": true, "instance_start_time": "0"});
    Ok(request.json(StatusCode::CREATED, &body))
}

/// Does nothing, because there is nothing to compact.
pub(super) fn compact(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_post(request)?;
    Ok(request.json(StatusCode::ACCEPTED, &json!({"ok": true})))
}

fn expect_post(request: &Request) -> Result<(), CouchError> {
    match request.method() {
        Method::POST => request.expect_json(),
        _ => Err(CouchError::method_not_allowed("POST")),
    }
}

/// The database's security object: every user may do everything.
pub(super) fn security(request: &Request) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::GET => Ok(request.json(
            StatusCode::OK,
            &json!({"members": {"roles": ["_admin"]}, "admins": {"roles": ["_admin"]}}),
        )),
        _ => Err(CouchError::method_not_allowed("GET")),
    }
}

pub(super) fn revs_limit(request: &Request) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::GET => Ok(request.json(StatusCode::OK, &MAX_ANCESTRY)),
        _ => Err(CouchError::method_not_allowed("GET")),
    }
}
