//! `/v2/accounts/{account}/functions`: create, list, read, replace, patch, delete (KAZOO `cb_functions.erl`).

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    envelope::Extras,
    error::ApiError,
    listing::Paging,
    openapi::{
        AccountPath, FreeForm, Function, FunctionPath, FunctionSummary, List, PagingQuery,
        ReadingRefused, Reply, Wrapped, WritingRefused,
    },
    request::{Authorized, Request},
};
use crate::{
    functions::{self, Change},
    store::{LAST_ID, Stored},
};

type Path = web::Path<(String, String)>;

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/functions",
    tag = "functions",
    summary = "Create a function",
    params(AccountPath),
    request_body = Wrapped<Function>,
    responses((status = 201, description = "Compiled and stored; `Location` says where", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn create(request: Authorized) -> Result<HttpResponse, ApiError> {
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let stored = functions.create(account, request.object()?).await?;
    let mut reply = one(&request, StatusCode::CREATED, &stored);
    let location = format!("{}/{}", request.path(), stored.id);
    if let Ok(location) = location.parse() {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    Ok(reply)
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Read a function",
    params(FunctionPath),
    responses((status = 200, description = "The whole document", body = Reply<Function>), (status = 304, description = "It still has the revision of `If-None-Match`"), ReadingRefused),
)]
pub(super) async fn read(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let stored = request.shared().functions.get(&account, &id).await?;
    Ok(one(&request, StatusCode::OK, &stored))
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Replace a function",
    params(FunctionPath),
    request_body = Wrapped<Function>,
    responses((status = 200, description = "The new document", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn replace(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    change(&request, path, Change::Replace).await
}

#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Change a function",
    params(FunctionPath),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "The whole document, changed", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn patch(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    change(&request, path, Change::Merge).await
}

async fn change(request: &Authorized, path: Path, how: Change) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let functions = &request.shared().functions;
    let stored = functions
        .change(&account, &id, request.object()?, how)
        .await?;
    Ok(one(request, StatusCode::OK, &stored))
}

#[utoipa::path(
    delete,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Delete a function",
    params(FunctionPath),
    responses((status = 200, description = "The document as it was", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn delete(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let soft = request.control("should_soft_delete") != Some("false");
    let functions = &request.shared().functions;
    let stored = functions.delete(&account, &id, soft).await?;
    let document = functions::deleted(&stored);
    Ok(request.reply(StatusCode::OK, &document, &revision_of(&stored)))
}

/// Opaque to clients. It names no account, so it cannot lead into another one.
fn key_of_id(id: &str) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

/// What is no key is taken as an id (KAZOO `api_util.erl`, `decode_start_key/1`).
fn id_of_key(key: &str) -> String {
    URL_SAFE_NO_PAD
        .decode(key)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| key.to_owned())
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions",
    tag = "functions",
    summary = "List functions",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By descending id", body = List<FunctionSummary>), ReadingRefused),
)]
pub(super) async fn list(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let start = paging
        .start_key
        .map_or_else(|| LAST_ID.to_owned(), id_of_key);
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let page = functions
        .list(account, start.clone(), paging.page_size)
        .await?;
    let rows: Vec<Value> = page.functions.iter().map(functions::summary).collect();
    let next = page.next.as_deref().map(key_of_id);
    Ok(paging.reply(&request, &rows, &key_of_id(&start), next.as_deref()))
}

fn one(request: &Request, status: StatusCode, stored: &Stored) -> HttpResponse {
    request.reply(status, &functions::public(stored), &revision_of(stored))
}

fn revision_of(stored: &Stored) -> Extras<'_> {
    Extras {
        revision: Some(stored.revision.as_str()),
        ..Extras::default()
    }
}
