//! `/v2/accounts/{account}`: what an account's owner sets for all its functions (KAZOO `cb_accounts.erl`).

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::Value;

use super::{
    envelope::Extras,
    error::ApiError,
    openapi::{AccountPath, FreeForm, ReadingRefused, Reply, Wrapped, WritingRefused},
    request::Authorized,
};
use crate::{
    functions::{self, FunctionsError},
    store::Account,
};

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Read an account",
    params(AccountPath),
    responses((status = 200, description = "Its document", body = Reply<FreeForm>), ReadingRefused),
)]
pub(super) async fn read(request: Authorized) -> Result<HttpResponse, ApiError> {
    let account = find(&request).await?;
    Ok(request.reply(StatusCode::OK, &public(account), &Extras::default()))
}

/// Merges into the account's document, as for functions. `name` and `timezone` have a meaning here; the rest is kept.
#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}",
    tag = "accounts",
    summary = "Change an account",
    params(AccountPath),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "Its document, changed", body = Reply<FreeForm>), WritingRefused),
)]
pub(super) async fn patch(request: Authorized) -> Result<HttpResponse, ApiError> {
    let (changes, _) = functions::from_request(request.object()?);
    let mut account = find(&request).await?;
    functions::merge(&mut account.document, changes);
    functions::validate_account(&account.document).map_err(FunctionsError::Invalid)?;
    let shared = request.shared();
    shared.store.update_account(account.clone()).await?;
    shared.functions.account_written();
    Ok(request.reply(StatusCode::OK, &public(account), &Extras::default()))
}

async fn find(request: &Authorized) -> Result<Account, ApiError> {
    let id = &request.account().id;
    let account = request.shared().store.account(id.clone()).await?;
    account.ok_or_else(|| ApiError::bad_identifier(id))
}

fn public(account: Account) -> Value {
    let mut document = account.document;
    document.insert("id".into(), account.id.into());
    Value::Object(document)
}
