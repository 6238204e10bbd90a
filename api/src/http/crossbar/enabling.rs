//! Enables all functions that were disabled because they kept failing (KAZOO `cb_webhooks.erl`,
//! `validate_collection_patch/2`).

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;
use serde_json::{Map, Value, json};
use switchhook_store::Scope;
use utoipa::ToSchema;

use super::{
    envelope::Extras,
    listing::Paging,
    openapi::{
        AccountPath, List, PagingQuery, ReEnable, ReadingRefused, Reply, Wrapped, WritingRefused,
    },
    request::Authorized,
};
use crate::{accounts::IdentityError, http::error::ApiError};

/// Most rows of a page, because each row's document is read for its name.
const MOST_ROWS: usize = 500;

/// Enables the account's functions that were disabled because they kept failing. A `PATCH` of all functions does
/// nothing else.
#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}/functions",
    tag = "functions",
    summary = "Switch on what was switched off because it kept failing",
    params(AccountPath),
    request_body = Wrapped<ReEnable>,
    responses((status = 200, description = "`functions updated`", body = Reply<String>), WritingRefused),
)]
pub(super) async fn enable_again(request: Authorized) -> Result<HttpResponse, ApiError> {
    let account = request.account().id.clone();
    enable_all_of(&request, Scope::Account(account)).await
}

/// Enables such functions in all accounts below.
#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}/descendants/functions",
    tag = "functions",
    summary = "Do so in all accounts below",
    params(AccountPath),
    request_body = Wrapped<ReEnable>,
    responses((status = 200, description = "`functions updated`", body = Reply<String>), WritingRefused),
)]
pub(super) async fn enable_descendants_again(
    request: Authorized,
) -> Result<HttpResponse, ApiError> {
    let account = request.account().id.clone();
    enable_all_of(&request, Scope::Descendants(account)).await
}

/// A function that was switched off because it kept failing.
#[derive(Serialize, ToSchema)]
pub(super) struct SwitchedOff {
    account_id: String,
    account_name: String,
    id: String,
    name: String,
    disable_reason: String,
}

/// Lists such functions of all accounts below.
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/descendants/functions",
    tag = "functions",
    summary = "List what was switched off in all accounts below because it kept failing",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By ascending id, whatever `ascending` says", body = List<SwitchedOff>), ReadingRefused),
)]
pub(super) async fn switched_off_below(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let start = paging.start_key.unwrap_or_default();
    let scope = Scope::Descendants(request.account().id.clone());
    let functions = &request.shared().functions;
    let limit = paging.page_size.min(MOST_ROWS);
    let (found, next) = functions.switched_off(scope, start, limit).await?;
    let mut rows = Vec::with_capacity(found.len());
    for (account_id, function) in found {
        let account = match request.shared().identity.account(&account_id).await {
            // Somebody has deleted the account meanwhile.
            Err(IdentityError::UnknownAccount { .. }) => continue,
            account => account?,
        };
        rows.push(SwitchedOff {
            account_name: name_in(&account.document),
            account_id,
            name: name_in(&function.document),
            id: function.id,
            disable_reason: function.disable_reason.unwrap_or_default(),
        });
    }
    paging.reply(&request, rows, start, next.as_deref()).await
}

fn name_in(document: &Map<String, Value>) -> String {
    let name = document.get("name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

async fn enable_all_of(request: &Authorized, scope: Scope) -> Result<HttpResponse, ApiError> {
    const FLAG: &str = "re-enable";
    let data = request.object().await?;
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
