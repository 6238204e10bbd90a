//! `/v2/accounts/{account}/functions`: create, list, read, replace, patch, delete (KAZOO `cb_functions.erl`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    conditions,
    envelope::Extras,
    error::ApiError,
    listing::Paging,
    request::{Authorized, Request},
};
use crate::{
    functions::{self, Change},
    store::{LAST_ID, Listing, Scope, Stored},
};

type Path = web::Path<(String, String)>;

pub(super) async fn create(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let expected = conditions::expected(&http);
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let created = functions.create(account, request.object()?, request.actor(), &expected);
    let stored = created.await?;
    let mut reply = one(&request, StatusCode::CREATED, &stored);
    let location = format!("{}/{}", request.path(), stored.id);
    if let Ok(location) = location.parse() {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    Ok(reply)
}

pub(super) async fn read(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let stored = request.shared().functions.get(&account, &id).await?;
    let answered = conditions::answered(&http, &stored)?;
    Ok(answered.unwrap_or_else(|| one(&request, StatusCode::OK, &stored)))
}

pub(super) async fn replace(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    change(&request, &http, path, Change::Replace).await
}

pub(super) async fn patch(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    change(&request, &http, path, Change::Merge).await
}

async fn change(
    request: &Authorized,
    http: &HttpRequest,
    path: Path,
    how: Change,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let expected = conditions::expected(http);
    let functions = &request.shared().functions;
    let stored = functions
        .change(
            &account,
            &id,
            request.object()?,
            how,
            request.actor(),
            &expected,
        )
        .await?;
    Ok(one(request, StatusCode::OK, &stored))
}

pub(super) async fn delete(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let expected = conditions::expected(&http);
    let soft = request.control("should_soft_delete") != Some("false");
    let functions = &request.shared().functions;
    let stored = functions
        .delete(&account, &id, soft, request.actor(), &expected)
        .await?;
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

pub(super) async fn list(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let first = if paging.ascending { "" } else { LAST_ID };
    let start = paging.start_key.map_or_else(|| first.to_owned(), id_of_key);
    let functions = &request.shared().functions;
    let listing = Listing {
        account_id: request.account().id.clone(),
        start: start.clone(),
        limit: paging.page_size,
        ascending: paging.ascending,
    };
    let page = functions.list(listing, |_| true).await?;
    let rows: Vec<Value> = page.functions.iter().map(functions::summary).collect();
    let next = page.next.as_deref().map(key_of_id);
    Ok(paging.reply(&request, &rows, &key_of_id(&start), next.as_deref()))
}

/// The whole document.
pub(super) fn one(request: &Request, status: StatusCode, stored: &Stored) -> HttpResponse {
    request.reply(status, &functions::public(stored), &revision_of(stored))
}

pub(super) fn revision_of(stored: &Stored) -> Extras<'_> {
    Extras {
        revision: Some(stored.revision.as_str()),
        ..Extras::default()
    }
}

/// `PATCH` of all functions can do one thing: switch those on again that were switched off because they kept failing
/// (KAZOO `cb_webhooks.erl`, `validate_collection_patch/2`).
pub(super) async fn enable_again(request: Authorized) -> Result<HttpResponse, ApiError> {
    let account = request.account().id.clone();
    enable_all_of(&request, Scope::Account(account)).await
}

/// The same for all accounts below this one.
pub(super) async fn enable_descendants_again(
    request: Authorized,
) -> Result<HttpResponse, ApiError> {
    let account = request.account().id.clone();
    enable_all_of(&request, Scope::Descendants(account)).await
}

async fn enable_all_of(request: &Authorized, scope: Scope) -> Result<HttpResponse, ApiError> {
    const FLAG: &str = "re-enable";
    let data = request.object()?;
    let control = || request.control(FLAG).map(Value::from);
    let given = match data.get(FLAG).cloned().or_else(control) {
        Some(Value::Bool(given)) => given,
        Some(Value::String(text)) => text == "true",
        Some(_) => false,
        None => {
            let message = "re-enable is required to patch collections";
            let details = json!({"message": message});
            return Err(ApiError::problem(FLAG, "required", details));
        }
    };
    if !given {
        let message = "value not found in enumerated list of values";
        let details = json!({"message": message, "target": ["true"]});
        return Err(ApiError::problem(FLAG, "enum", details));
    }
    let functions = &request.shared().functions;
    functions.enable_again(scope, request.actor()).await?;
    Ok(request.reply(StatusCode::OK, &"functions updated", &Extras::default()))
}
