//! `/v2/accounts`: create, read, replace, patch, delete, and their API keys (KAZOO `cb_accounts.erl`).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde_json::json;

use super::{
    envelope::Extras,
    error::ApiError,
    request::{Authorized, Request},
};
use crate::{
    accounts::public_account,
    functions::Change,
    store::{Account, Actor},
};

/// Below the account of the caller.
pub(super) async fn create_own(request: Request) -> Result<HttpResponse, ApiError> {
    let actor = request.known_actor()?;
    let parent = request.shared().identity.account(&actor.account_id).await?;
    create_below(&request, actor, &parent).await
}

pub(super) async fn create(request: Authorized) -> Result<HttpResponse, ApiError> {
    create_below(&request, request.actor(), request.account()).await
}

async fn create_below(
    request: &Request,
    actor: &Actor,
    parent: &Account,
) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let created = accounts.create(actor, parent, request.object()?).await?;
    let mut document = public_account(&created.account, actor);
    if request.control("include_api_key") == Some("true") {
        document.insert("api_key".into(), created.api_key.into());
    }
    let extras = revision_of(&created.account);
    let mut reply = request.reply(StatusCode::CREATED, &document, &extras);
    // KAZOO adds the id to the path of the request, where there is nothing.
    let location = format!("/v2/accounts/{}", created.account.id);
    if let Ok(location) = location.parse() {
        reply.headers_mut().insert(header::LOCATION, location);
    }
    Ok(reply)
}

pub(super) async fn read(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let account = accounts.get(&request.account().id).await?;
    Ok(one(&request, &account))
}

pub(super) async fn replace(request: Authorized) -> Result<HttpResponse, ApiError> {
    change(&request, Change::Replace).await
}

pub(super) async fn patch(request: Authorized) -> Result<HttpResponse, ApiError> {
    change(&request, Change::Merge).await
}

async fn change(request: &Authorized, how: Change) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let current = accounts.get(&request.account().id).await?;
    let data = request.object()?;
    let changed = accounts.change(request.actor(), current, data, how).await?;
    Ok(one(request, &changed))
}

/// For the master account there is no such method, whoever asks (KAZOO `cb_accounts.erl`, `allowed_methods/1`).
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
    let deleted = accounts.delete(accounts.get(&id).await?).await?;
    Ok(one(&request, &deleted))
}

pub(super) async fn api_key(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let key = accounts.api_key(request.account()).await?;
    Ok(request.reply(StatusCode::OK, &json!({"api_key": key}), &Extras::default()))
}

pub(super) async fn renew_api_key(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let key = accounts.renew_api_key(request.account()).await?;
    let data = json!({"api_key": key});
    Ok(request.reply(StatusCode::CREATED, &data, &Extras::default()))
}

fn one(request: &Authorized, account: &Account) -> HttpResponse {
    let document = public_account(account, request.actor());
    request.reply(StatusCode::OK, &document, &revision_of(account))
}

fn revision_of(account: &Account) -> Extras<'_> {
    Extras {
        revision: Some(account.revision.as_str()),
        ..Extras::default()
    }
}
