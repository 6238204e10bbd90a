//! `/v2/api_auth`, `/v2/user_auth`, `/v2/token_auth`: logging in, and out (KAZOO `cb_api_auth.erl`, `cb_user_auth.erl`,
//! `cb_token_auth.erl`).

use actix_web::{HttpResponse, http::StatusCode};

use super::{
    envelope::Extras,
    openapi::{Done, KeyLogin, ReadingRefused, Reply, Session, UserLogin, Wrapped, WritingRefused},
    request::Request,
};
use crate::{
    accounts::{Login, login_document},
    http::error::ApiError,
};

#[utoipa::path(
    put,
    path = "/v2/api_auth",
    tag = "logins",
    summary = "Log a program in",
    security(()),
    request_body = Wrapped<KeyLogin>,
    responses((status = 201, description = "`auth_token` is a new token, for an hour", body = Reply<Session>), WritingRefused),
)]
pub(super) async fn api_auth(request: Request) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let login = accounts.log_in_with_key(request.object().await?).await?;
    Ok(logged_in(&request, &login))
}

#[utoipa::path(
    put,
    path = "/v2/user_auth",
    tag = "logins",
    summary = "Log a user in",
    security(()),
    request_body = Wrapped<UserLogin>,
    responses((status = 201, description = "`auth_token` is a new token, for an hour", body = Reply<Session>), WritingRefused),
)]
pub(super) async fn user_auth(request: Request) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let login = accounts.log_in_user(request.object().await?).await?;
    Ok(logged_in(&request, &login))
}

/// The reply to a login. KAZOO replies as to a search with one result.
fn logged_in(request: &Request, login: &Login) -> HttpResponse {
    let extras = Extras {
        revision: Some("automatic"),
        page_size: Some(1),
        new_token: Some(&login.token),
        ..Extras::default()
    };
    let data = login_document(&login.session);
    request.reply(StatusCode::CREATED, &data, &extras)
}

/// The account and the user of the request's token.
#[utoipa::path(
    get,
    path = "/v2/token_auth",
    tag = "logins",
    summary = "Say who the caller is",
    responses((status = 200, description = "Account and user", body = Reply<Session>), ReadingRefused),
)]
pub(super) async fn read(request: Request) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let session = accounts.session(request.known_actor()?).await?;
    let data = login_document(&session);
    Ok(request.reply(StatusCode::OK, &data, &Extras::default()))
}

#[utoipa::path(
    delete,
    path = "/v2/token_auth",
    tag = "logins",
    summary = "Log out",
    responses((status = 200, description = "The token is worthless now", body = Done), WritingRefused),
)]
pub(super) async fn log_out(request: Request) -> Result<HttpResponse, ApiError> {
    request.known_actor()?;
    if let Some(credential) = request.credential() {
        request.shared().identity.revoke(credential).await?;
    }
    Ok(request.logged_out())
}
