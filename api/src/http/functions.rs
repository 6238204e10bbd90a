//! `/v2/accounts/{account}/functions`: create, list, read, replace, patch, delete (KAZOO `cb_functions.erl`).

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use switchhook_runtime::Digest;

use super::{
    envelope::Extras,
    error::ApiError,
    request::{Authorized, Request},
};
use crate::{
    functions::{self, Change, Expected},
    store::{LAST_ID, Listing, Stored},
};

/// KAZOO's `pagination_page_size`.
const DEFAULT_PAGE_SIZE: usize = 50;

type Path = web::Path<(String, String)>;

pub(super) async fn create(request: Authorized) -> Result<HttpResponse, ApiError> {
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let created = functions.create(account, request.object()?, request.actor());
    let stored = created.await?;
    let mut reply = one(&request, StatusCode::CREATED, &stored);
    let location = format!("{}/{}", request.path(), stored.id);
    if let Ok(location) = location.parse() {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    Ok(reply)
}

pub(super) async fn read(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let stored = request.shared().functions.get(&account, &id).await?;
    Ok(one(&request, StatusCode::OK, &stored))
}

pub(super) async fn replace(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    change(&request, path, Change::Replace).await
}

pub(super) async fn patch(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    change(&request, path, Change::Merge).await
}

async fn change(request: &Authorized, path: Path, how: Change) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let functions = &request.shared().functions;
    let stored = functions
        .change(
            &account,
            &id,
            request.object()?,
            how,
            request.actor(),
            &Expected::default(),
        )
        .await?;
    Ok(one(request, StatusCode::OK, &stored))
}

pub(super) async fn delete(request: Authorized, path: Path) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let soft = request.control("should_soft_delete") != Some("false");
    let functions = &request.shared().functions;
    let stored = functions
        .delete(&account, &id, soft, request.actor(), &Expected::default())
        .await?;
    let document = functions::deleted(&stored);
    Ok(request.reply(StatusCode::OK, &document, &revision_of(&stored)))
}

/// Where a page starts and how long it is.
struct Paging {
    start: String,
    page_size: usize,
    paginate: bool,
}

impl Paging {
    fn of(request: &Request) -> Result<Self, ApiError> {
        let page_size = match request.control("page_size") {
            None => DEFAULT_PAGE_SIZE,
            Some(text) => match text.parse::<i64>() {
                Ok(size) if size < 1 => {
                    return Err(ApiError::faulty_request("page size must be at least 1"));
                }
                Ok(size) => usize::try_from(size).unwrap_or(usize::MAX),
                Err(_) => return Err(ApiError::faulty_request("invalid page size")),
            },
        };
        let paginate = request.control("paginate") != Some("false");
        Ok(Self {
            start: request
                .control("start_key")
                .map_or_else(|| LAST_ID.to_owned(), id_of_key),
            page_size: if paginate { page_size } else { usize::MAX },
            paginate,
        })
    }
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

pub(super) async fn list(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let functions = &request.shared().functions;
    let listing = Listing {
        account_id: request.account().id.clone(),
        start: paging.start.clone(),
        limit: paging.page_size,
        ascending: false,
    };
    let page = functions.list(listing, |_| true).await?;
    let rows: Vec<Value> = page.functions.iter().map(functions::summary).collect();
    let revision = (!rows.is_empty()).then(|| list_revision(&rows));
    let start_key = key_of_id(&paging.start);
    let next_start_key = page.next.as_deref().map(key_of_id);
    let mut extras = Extras {
        revision: revision.as_deref(),
        ..Extras::default()
    };
    if paging.paginate {
        extras.page_size = Some(rows.len());
        extras.start_key = Some(&start_key);
        extras.next_start_key = next_start_key.as_deref();
    }
    Ok(request.reply(StatusCode::OK, &rows, &extras))
}

/// Changes with the rows: 32 hexadecimal digits.
fn list_revision(rows: &[Value]) -> String {
    let text: String = rows.iter().map(Value::to_string).collect();
    Digest::of(text.as_bytes()).to_string()[..32].to_owned()
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
