//! `/v2/accounts`: create, read, replace, patch, delete, and their API keys (KAZOO `cb_accounts.erl`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::json;
use switchhook_store::{Account, Actor, document::Change};

use super::{
    conditions,
    envelope::Extras,
    openapi::{
        Account as AccountDocument, AccountKey, AccountPath, FreeForm, ReadingRefused, Reply,
        Wrapped, WritingRefused,
    },
    request::{Authorized, Request},
};
use crate::{accounts::public_account, http::error::ApiError};

/// Creates an account below the caller's account.
#[utoipa::path(
    put,
    path = "/v2/accounts",
    tag = "accounts",
    summary = "Create an account below the own one",
    request_body = Wrapped<AccountDocument>,
    responses((status = 201, description = "Created; `Location` says where", body = Reply<AccountDocument>), WritingRefused),
)]
pub(super) async fn create_own(
    request: Request,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let actor = request.known_actor()?;
    conditions::expect_new(&http)?;
    let parent = request.shared().identity.account(&actor.account_id).await?;
    create_below(&request, actor, &parent).await
}

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Create an account below another one",
    params(AccountPath),
    request_body = Wrapped<AccountDocument>,
    responses((status = 201, description = "Created; `Location` says where", body = Reply<AccountDocument>), WritingRefused),
)]
pub(super) async fn create(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    conditions::expect_new(&http)?;
    create_below(&request, request.actor(), request.account()).await
}

async fn create_below(
    request: &Request,
    actor: &Actor,
    parent: &Account,
) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let created = accounts
        .create(actor, parent, request.object().await?)
        .await?;
    let mut document = public_account(&created.account, actor);
    if request.control("include_api_key") == Some("true") {
        document.insert("api_key".into(), created.api_key.into());
    }
    let Account { id, .. } = &created.account;
    // As in KAZOO, `location` leads nowhere unless the account was created at `/v2/accounts`.
    Ok(request.created(id, &document, &Extras::of(&created.account.revision)))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Read an account",
    params(AccountPath),
    responses((status = 200, description = "Its document", body = Reply<AccountDocument>), (status = 304, description = "It still has the revision of `If-None-Match`"), ReadingRefused),
)]
pub(super) async fn read(request: Authorized, http: HttpRequest) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let account = accounts.get(&request.account().id).await?;
    let answered = conditions::answered(&http, &account.revision)?;
    Ok(answered.unwrap_or_else(|| one(&request, &account)))
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Replace an account",
    params(AccountPath),
    request_body = Wrapped<AccountDocument>,
    responses((status = 200, description = "The new document", body = Reply<AccountDocument>), WritingRefused),
)]
pub(super) async fn replace(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    change(&request, &http, Change::Replace).await
}

#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Change an account",
    params(AccountPath),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "Its document, changed", body = Reply<AccountDocument>), WritingRefused),
)]
pub(super) async fn patch(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    change(&request, &http, Change::Merge).await
}

async fn change(
    request: &Authorized,
    http: &HttpRequest,
    how: Change,
) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let current = accounts.get(&request.account().id).await?;
    let data = request.object().await?;
    conditions::expect(http, &current.revision)?;
    let changed = accounts.change(request.actor(), current, data, how).await?;
    Ok(one(request, &changed))
}

/// Deletes an account. The master account does not have this method (KAZOO `cb_accounts.erl`, `allowed_methods/1`).
#[utoipa::path(
    delete,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Delete an account with all that it owns",
    params(AccountPath),
    responses((status = 200, description = "The document as it was", body = Reply<AccountDocument>), WritingRefused),
)]
pub(super) async fn delete(
    request: Request,
    http: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let named = request.shared().identity.account(&id).await?;
    if named.is_master() {
        return Err(ApiError::method_not_allowed());
    }
    let request = Authorized::check(request, &http, &id).await?;
    let accounts = &request.shared().accounts;
    let current = accounts.get(&id).await?;
    conditions::expect(&http, &current.revision)?;
    let deleted = accounts.delete(current).await?;
    Ok(one(&request, &deleted))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/api_key",
    tag = "accounts",
    summary = "Read the API key",
    params(AccountPath),
    responses((status = 200, description = "If it was kept", body = Reply<AccountKey>), ReadingRefused),
)]
pub(super) async fn api_key(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let key = accounts.api_key(request.account()).await?;
    Ok(request.reply(StatusCode::OK, &json!({"api_key": key}), &Extras::default()))
}

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/api_key",
    tag = "accounts",
    summary = "Make another API key",
    params(AccountPath),
    responses((status = 201, description = "The one there was is worthless now", body = Reply<AccountKey>), WritingRefused),
)]
pub(super) async fn renew_api_key(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let key = accounts.renew_api_key(request.account()).await?;
    let data = json!({"api_key": key});
    Ok(request.reply(StatusCode::CREATED, &data, &Extras::default()))
}

fn one(request: &Authorized, account: &Account) -> HttpResponse {
    let document = public_account(account, request.actor());
    request.reply(StatusCode::OK, &document, &Extras::of(&account.revision))
}
