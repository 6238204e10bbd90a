//! Requests about the server.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use serde_json::json;
use switchhook_store::ids::random_id;

use super::{DATABASE, error::CouchError, request::Request};

/// The version of CouchDB whose replies are imitated. KAZOO reads it before it uses a connection (`kzs_server.erl`).
const VERSION: &str = "3.3.3";

/// CouchDB's limit (`[uuids] max_count`).
const MAX_UUIDS: u64 = 1_000;

pub(super) fn welcome(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_get(request)?;
    Ok(request.json(
        StatusCode::OK,
        &json!({
            "couchdb": "Welcome",
            "version": VERSION,
            "features": [],
            "vendor": {"name": "Switchhook"},
        }),
    ))
}

pub(super) fn up(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_get(request)?;
    Ok(request.json(StatusCode::OK, &json!({"status": "ok"})))
}

pub(super) fn all_dbs(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_get(request)?;
    Ok(request.json(StatusCode::OK, &[DATABASE]))
}

pub(super) fn uuids(request: &Request) -> Result<HttpResponse, CouchError> {
    expect_get(request)?;
    let count = request.parameters().number("count")?.unwrap_or(1);
    if count > MAX_UUIDS {
        return Err(CouchError::bad_request("count parameter too large"));
    }
    let uuids: Vec<_> = (0..count).map(|_| random_id()).collect();
    Ok(request.json(StatusCode::OK, &json!({"uuids": uuids})))
}

fn expect_get(request: &Request) -> Result<(), CouchError> {
    match request.method() {
        Method::GET => Ok(()),
        _ => Err(CouchError::method_not_allowed("GET,HEAD")),
    }
}
