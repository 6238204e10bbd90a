//! What there is before anybody has written a function: open to all, like KAZOO's list of webhooks
//! (`cb_functions.erl`, `authorize/3`).

use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{error::ApiError, listing, request::Request};
use crate::functions::samples;

/// A language that functions can be written in.
#[derive(Serialize)]
struct Language<'a> {
    id: &'a str,
    name: &'a str,
}

/// The languages. KAZOO means to list functions of the system here and fails.
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

pub(super) async fn functions(request: Request) -> Result<HttpResponse, ApiError> {
    Ok(listing::whole(&request, samples()))
}

/// The same samples for everybody, but under an account that must exist.
pub(super) async fn functions_of_account(
    request: Request,
    account: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    request.shared().identity.account(&account).await?;
    functions(request).await
}
