//! `/v2/accounts/{account}/functions`: create, list, read, replace, patch, delete (KAZOO `cb_functions.erl`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;
use switchhook_runtime::Digest;

use super::{context::RequestContext, envelope::Extras, error::ApiError};
use crate::{
    functions::{self, Change},
    store::{LAST_ID, Stored},
};

/// KAZOO's `pagination_page_size`.
const DEFAULT_PAGE_SIZE: usize = 50;

type One = web::Path<(String, String)>;

pub(super) async fn create(
    mut context: RequestContext,
    request: HttpRequest,
    account: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let created = async {
        let data = context.object(payload).await?;
        context.authorize(&account).await?;
        let stored = context.shared().functions.create(&account, data).await?;
        let mut reply = one(&context, StatusCode::CREATED, &stored);
        let location = format!("{}/{}", request.path().trim_end_matches('/'), stored.id);
        if let Ok(location) = header::HeaderValue::from_str(&location) {
            reply.headers_mut().insert(header::LOCATION, location);
        }
        Ok(reply)
    }
    .await;
    context.reply(created)
}

pub(super) async fn read(mut context: RequestContext, path: One) -> HttpResponse {
    let (account, id) = path.into_inner();
    let read = async {
        context.authorize(&account).await?;
        let stored = context.shared().functions.get(&account, &id).await?;
        let mut reply = one(&context, StatusCode::OK, &stored);
        let headers = reply.headers_mut();
        if let Ok(etag) =
            header::HeaderValue::from_str(&format!("\"{}\"", stored.revision.as_str()))
        {
            headers.insert(header::ETAG, etag);
        }
        // A date in the past, as KAZOO sends it (`crossbar.hrl`): replies are never to be cached.
        headers.insert(
            header::EXPIRES,
            header::HeaderValue::from_static("Fri, 01 Jan 1999 00:00:00 GMT"),
        );
        Ok(reply)
    }
    .await;
    context.reply(read)
}

pub(super) async fn replace(
    context: RequestContext,
    path: One,
    payload: web::Payload,
) -> HttpResponse {
    change(context, path, payload, Change::Replace).await
}

pub(super) async fn patch(
    context: RequestContext,
    path: One,
    payload: web::Payload,
) -> HttpResponse {
    change(context, path, payload, Change::Merge).await
}

async fn change(
    mut context: RequestContext,
    path: One,
    payload: web::Payload,
    how: Change,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let changed = async {
        let data = context.object(payload).await?;
        context.authorize(&account).await?;
        let functions = &context.shared().functions;
        let stored = functions.change(&account, &id, data, how).await?;
        Ok(one(&context, StatusCode::OK, &stored))
    }
    .await;
    context.reply(changed)
}

#[derive(Deserialize)]
pub(super) struct DeleteQuery {
    should_soft_delete: Option<String>,
}

pub(super) async fn delete(
    mut context: RequestContext,
    path: One,
    query: web::Query<DeleteQuery>,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let deleted = async {
        context.authorize(&account).await?;
        let soft = query.should_soft_delete.as_deref() != Some("false");
        let stored = context
            .shared()
            .functions
            .delete(&account, &id, soft)
            .await?;
        let document = functions::deleted(&stored);
        Ok(context.envelope(StatusCode::OK, &document, &revision_of(&stored)))
    }
    .await;
    context.reply(deleted)
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    page_size: Option<String>,
    paginate: Option<String>,
    start_key: Option<String>,
}

/// Where a page starts and how long it is.
struct Paging {
    start: String,
    page_size: usize,
    paginate: bool,
}

impl ListQuery {
    fn paging(&self) -> Result<Paging, ApiError> {
        let page_size = match &self.page_size {
            None => DEFAULT_PAGE_SIZE,
            Some(text) => match text.parse::<i64>() {
                Ok(size) if size < 1 => {
                    return Err(ApiError::faulty_request("page size must be at least 1"));
                }
                Ok(size) => usize::try_from(size).unwrap_or(usize::MAX),
                Err(_) => return Err(ApiError::faulty_request("invalid page size")),
            },
        };
        let paginate = self.paginate.as_deref() != Some("false");
        Ok(Paging {
            start: self
                .start_key
                .as_deref()
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

pub(super) async fn list(
    mut context: RequestContext,
    account: web::Path<String>,
    query: web::Query<ListQuery>,
) -> HttpResponse {
    let listed = async {
        context.authorize(&account).await?;
        let paging = query.paging()?;
        let page = context
            .shared()
            .functions
            .list(&account, paging.start.clone(), paging.page_size)
            .await?;
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
        Ok(context.envelope(StatusCode::OK, &rows, &extras))
    }
    .await;
    context.reply(listed)
}

/// Changes with the rows: 32 hexadecimal digits.
fn list_revision(rows: &[Value]) -> String {
    let text: String = rows.iter().map(Value::to_string).collect();
    Digest::of(text.as_bytes()).to_string()[..32].to_owned()
}

fn one(context: &RequestContext, status: StatusCode, stored: &Stored) -> HttpResponse {
    context.envelope(status, &functions::public(stored), &revision_of(stored))
}

fn revision_of(stored: &Stored) -> Extras<'_> {
    Extras {
        revision: Some(stored.revision.as_str()),
        ..Extras::default()
    }
}
