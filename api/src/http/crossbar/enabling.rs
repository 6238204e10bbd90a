//! Enables all functions that were disabled because they kept failing (KAZOO `cb_webhooks.erl`,
//! `validate_collection_patch/2`).

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Value, json};
use switchhook_store::Scope;

use super::{
    envelope::Extras,
    openapi::{AccountPath, ReEnable, Reply, Wrapped, WritingRefused},
    request::Authorized,
};
use crate::http::error::ApiError;

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
