//! What there is before anybody has written a function: open to all, like KAZOO's list of webhooks
//! (`cb_functions.erl`, `authorize/3`).

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::ApiError,
    listing,
    openapi::{AccountPath, List, ReadingRefused, Sample},
    request::Request,
};
use crate::functions::samples;

/// A language that functions can be written in.
#[derive(Serialize, ToSchema)]
struct Language<'a> {
    id: &'a str,
    name: &'a str,
}

/// The languages. KAZOO means to list functions of the system here and fails.
#[utoipa::path(
    get,
    path = "/v2/functions",
    tag = "catalogue",
    summary = "List languages",
    security(()),
    responses((status = 200, description = "What functions can be written in", body = List<Language>), ReadingRefused),
)]
pub(super) async fn languages(request: Request) -> Result<HttpResponse, ApiError> {
    let languages: Vec<_> = request
        .shared()
        .functions
        .packs()
        .map(|pack| Language {
            id: pack.name(),
            name: pack.title(),
        })
        .collect();
    Ok(listing::whole(&request, &languages))
}

#[utoipa::path(
    get,
    path = "/v2/functions/samples",
    tag = "catalogue",
    summary = "List samples",
    security(()),
    responses((status = 200, description = "Functions to start from", body = List<Sample>), ReadingRefused),
)]
pub(super) async fn functions(request: Request) -> Result<HttpResponse, ApiError> {
    Ok(listing::whole(&request, samples()))
}

/// The same samples for everybody, but under an account that must exist.
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/samples",
    tag = "catalogue",
    summary = "List samples, under an account",
    params(AccountPath),
    security(()),
    responses((status = 200, description = "Functions to start from", body = List<Sample>), ReadingRefused),
)]
pub(super) async fn functions_of_account(
    request: Request,
    account: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    request.shared().identity.account(&account).await?;
    functions(request).await
}
