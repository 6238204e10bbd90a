//! `…/functions/{function}/revisions`: earlier revisions, their authors, and how a function goes back to one.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use switchhook_store::{Past, RevisionSummary, gregorian};

use super::{
    conditions,
    envelope::Extras,
    functions::one,
    listing::{Paging, RowTexts},
    openapi::{
        Function, FunctionPath, List, MessageQuery, PagingQuery, ReadingRefused, Reply, Revision,
        RevisionPath, WritingRefused,
    },
    request::Authorized,
};
use crate::{functions, http::error::ApiError};

/// One row of a function's history.
#[derive(Serialize)]
struct Row<'a> {
    revision: &'a str,
    /// Gregorian seconds.
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_user_id: Option<&'a str>,
    bytes: i64,
    current: bool,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(summary: &'a RevisionSummary) -> Self {
        let by = summary.by.as_ref();
        Self {
            revision: summary.revision.as_str(),
            created: gregorian::from_unix(summary.created),
            auth_account_id: by.map(|by| by.account_id.as_str()),
            auth_user_id: by.and_then(|by| by.user_id.as_deref()),
            bytes: summary.bytes,
            current: summary.current,
            deleted: summary.deleted,
            disable_reason: summary.disable_reason.as_deref(),
            message: summary.message.as_deref(),
        }
    }
}

/// Newest first.
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/revisions",
    tag = "revisions",
    summary = "What a function was",
    params(FunctionPath, PagingQuery),
    responses((status = 200, description = "Newest first", body = List<Revision>), ReadingRefused),
)]
pub(super) async fn list(
    request: Authorized,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let paging = Paging::of(&request)?;
    let start = match paging.start_key {
        Some(key) => {
            let generation = key.parse();
            generation.map_err(|_| ApiError::faulty_request("invalid start key"))?
        }
        None => i64::MAX,
    };
    let functions = &request.shared().functions;
    let history = functions.history(account, id, start, paging.page_size);
    let history = history.await?;
    let texts = RowTexts::of(&request);
    let rows = history.revisions.iter().map(|it| texts.row(&Row::of(it)));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let next = history.next.map(|generation| generation.to_string());
    paging
        .reply(&request, rows, &start.to_string(), next.as_deref())
        .await
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/revisions/{revision}",
    tag = "revisions",
    summary = "Read a function as it was",
    params(RevisionPath),
    responses((status = 200, description = "The whole document", body = Reply<Function>), ReadingRefused),
)]
pub(super) async fn read(
    request: Authorized,
    path: web::Path<RevisionPath>,
) -> Result<HttpResponse, ApiError> {
    let account = &request.account().id;
    let (id, revision) = (&path.function, &path.revision);
    let functions = &request.shared().functions;
    let Past { stored, deleted } = functions.past(account, id, revision).await?;
    let document = if deleted {
        functions::deleted(&stored)
    } else {
        functions::public(&stored)
    };
    Ok(request.reply(StatusCode::OK, &document, &Extras::of(&stored.revision)))
}

/// The function becomes what it was.
#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/{function}/revisions/{revision}",
    tag = "revisions",
    summary = "Make a function what it was",
    params(RevisionPath, MessageQuery),
    responses((status = 200, description = "The document, with its new revision", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn roll_back(
    request: Authorized,
    http: HttpRequest,
    path: web::Path<RevisionPath>,
) -> Result<HttpResponse, ApiError> {
    let account = &request.account().id;
    let (id, revision) = (&path.function, &path.revision);
    let expected = conditions::expected(&http);
    let functions = &request.shared().functions;
    let rolled_back = functions.roll_back(account, id, revision, request.author()?, &expected);
    Ok(one(&request, StatusCode::OK, &rolled_back.await?))
}
