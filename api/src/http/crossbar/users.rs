//! `/v2/accounts/{account}/users`: create, list, read, replace, patch, delete (KAZOO `cb_users.erl`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use switchhook_store::{User, document::Change};

use super::{
    conditions,
    envelope::Extras,
    listing::{Paging, RowTexts, key_of_pair, pair_of_key},
    openapi::{
        AccountPath, FreeForm, List, PagingQuery, ReadingRefused, Reply, User as UserDocument,
        UserPath, Wrapped, WritingRefused,
    },
    request::{Authorized, Request},
};
use crate::{
    accounts::{deleted_user, public_user, user_row},
    http::error::ApiError,
};

type Path = web::Path<UserPath>;

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/users",
    tag = "users",
    summary = "Create a user",
    params(AccountPath),
    request_body = Wrapped<UserDocument>,
    responses((status = 201, description = "Created; `Location` says where", body = Reply<UserDocument>), WritingRefused),
)]
pub(super) async fn create(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    conditions::expect_new(&http)?;
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let account = &request.account().id;
    let user = accounts
        .create_user(account, request.object().await?)
        .await?;
    Ok(request.created(&user.id, &public_user(&user), &Extras::of(&user.revision)))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/users",
    tag = "users",
    summary = "List users",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By descending name", body = List<FreeForm>), ReadingRefused),
)]
pub(super) async fn list(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let start = paging.start_key.and_then(pair_of_key);
    let accounts = &request.shared().accounts;
    let rows = RowTexts::of(&request);
    let row_of = move |user: &User| rows.row(&user_row(user));
    let page = accounts
        .users(&request.account().id, start, paging.page_size, row_of)
        .await?;
    let rows = page.rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    let next = page.next.as_ref().map(|(name, id)| key_of_pair((name, id)));
    let start = paging.start_key.unwrap_or_default();
    paging.reply(&request, rows, start, next.as_deref()).await
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/users/{user}",
    tag = "users",
    summary = "Read a user",
    params(UserPath),
    responses((status = 200, description = "The whole document", body = Reply<UserDocument>), (status = 304, description = "It still has the revision of `If-None-Match`"), ReadingRefused),
)]
pub(super) async fn read(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.user);
    let user = request.shared().accounts.user(account, id).await?;
    let answered = conditions::answered(&http, &user.revision)?;
    Ok(answered.unwrap_or_else(|| one(&request, StatusCode::OK, &user)))
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/users/{user}",
    tag = "users",
    summary = "Replace a user",
    params(UserPath),
    request_body = Wrapped<UserDocument>,
    responses((status = 200, description = "The new document", body = Reply<UserDocument>), WritingRefused),
)]
pub(super) async fn replace(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    change(&request, &http, path, Change::Replace).await
}

#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}/users/{user}",
    tag = "users",
    summary = "Change a user",
    params(UserPath),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "The whole document, changed", body = Reply<UserDocument>), WritingRefused),
)]
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
    let (account, id) = (&request.account().id, &path.user);
    let accounts = &request.shared().accounts;
    let current = accounts.user(account, id).await?;
    let data = request.object().await?;
    conditions::expect(http, &current.revision)?;
    let changed = accounts
        .change_user(request.actor(), current, data, how)
        .await?;
    Ok(one(request, StatusCode::OK, &changed))
}

#[utoipa::path(
    delete,
    path = "/v2/accounts/{account}/users/{user}",
    tag = "users",
    summary = "Delete a user",
    params(UserPath),
    responses((status = 200, description = "The document as it was", body = Reply<UserDocument>), WritingRefused),
)]
pub(super) async fn delete(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.user);
    let accounts = &request.shared().accounts;
    accounts.expect_admin(request.actor()).await?;
    let user = accounts.user(account, id).await?;
    conditions::expect(&http, &user.revision)?;
    let deleted = accounts.delete_user(user).await?;
    let extras = Extras::of(&deleted.revision);
    Ok(request.reply(StatusCode::OK, &deleted_user(&deleted), &extras))
}

fn one(request: &Request, status: StatusCode, user: &User) -> HttpResponse {
    request.reply(status, &public_user(user), &Extras::of(&user.revision))
}
