//! `…/functions/attempts` and `…/functions/{function}/attempts`: records of calls (after KAZOO's attempts of webhooks,
//! `cb_webhooks.erl`).

use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use switchhook_runtime::Class;
use switchhook_store::{Attempts, AttemptsRange, gregorian};

use super::{
    following,
    listing::Paging,
    openapi::{
        AccountPath, Attempt, AttemptsQuery, FunctionPath, List, PagingQuery, ReadingRefused,
        TimeQuery,
    },
    request::{Authorized, EVENT_SOURCE, FEED, Request, WantsAttempts},
};
use crate::http::{calling::FUNCTION_MODULE, error::ApiError, routers::DOORS};

/// Newer than any attempt.
const NEWEST: (i64, i64) = (i64::MAX, i64::MAX);

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/attempts",
    tag = "attempts",
    summary = "What calls of an account's functions came to",
    params(AccountPath, PagingQuery, TimeQuery, AttemptsQuery),
    responses((status = 200, description = "Newest first", body = List<Attempt>), ReadingRefused),
)]
pub(super) async fn of_account(
    WantsAttempts(request): WantsAttempts,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    list(&request, &http, None).await
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/attempts",
    tag = "attempts",
    summary = "What calls of a function came to",
    params(FunctionPath, PagingQuery, TimeQuery, AttemptsQuery),
    responses((status = 200, description = "Newest first", body = List<Attempt>), ReadingRefused),
)]
pub(super) async fn of_function(
    WantsAttempts(request): WantsAttempts,
    http: HttpRequest,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let id = &path.function;
    list(&request, &http, Some(id)).await
}

async fn list(
    request: &Authorized,
    http: &HttpRequest,
    function: Option<&str>,
) -> Result<HttpResponse, ApiError> {
    let meant = meant(request, function)?;
    match request.query(FEED) {
        None | Some("normal") => {}
        Some(EVENT_SOURCE) => return following::events(request, http, meant).await,
        Some(other) => {
            let known = ["normal", EVENT_SOURCE].into_iter();
            return Err(ApiError::not_in_list(FEED, known, other));
        }
    }
    let paging = Paging::of(request)?;
    let start = match paging.start_key {
        Some(key) => place_of(key).ok_or_else(|| ApiError::faulty_request("invalid start key"))?,
        None => NEWEST,
    };
    let ms = |gregorian| gregorian::to_unix(gregorian).saturating_mul(1_000);
    let range = AttemptsRange {
        start,
        limit: paging.page_size,
        from_ms: seconds(request, "created_from")?.map_or(i64::MIN, ms),
        // Includes the whole last second.
        to_ms: seconds(request, "created_to")?.map_or(i64::MAX, |to| ms(to).saturating_add(999)),
    };
    let functions = &request.shared().functions;
    let page = functions.attempts(meant, range).await?;
    let next = page.next.map(key_of);
    paging
        .reply(request, page.attempts, &key_of(start), next.as_deref())
        .await
}

/// The attempts that the query selects.
fn meant(request: &Authorized, function: Option<&str>) -> Result<Attempts, ApiError> {
    let one_of = |name: &str, known: &[&'static str]| match request.query(name) {
        Some(value) if !known.contains(&value) => {
            Err(ApiError::not_in_list(name, known.iter().copied(), value))
        }
        value => Ok(value.map(str::to_owned)),
    };
    let routers: Vec<_> = DOORS
        .iter()
        .map(|door| door.name)
        .chain([FUNCTION_MODULE.name])
        .collect();
    let result = one_of("result", &["success", "failure"])?;
    Ok(Attempts {
        account_id: request.account().id.clone(),
        function_id: function.map(str::to_owned),
        outcome: one_of("outcome", &Class::ALL.map(Class::name))?,
        succeeded: result.map(|result| result == "success"),
        revision: request.query("revision").map(str::to_owned),
        router: one_of("router", &routers)?,
        call_id: request.query("call_id").map(str::to_owned),
    })
}

/// A time of the query, in Gregorian seconds.
fn seconds(request: &Request, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = request.query(name) else {
        return Ok(None);
    };
    let value = || Value::from(text);
    let seconds = text.parse();
    seconds
        .map(Some)
        .map_err(|_| ApiError::wrong_type(name, "integer", &value()))
}

/// The start key of a page, which is opaque to clients.
fn key_of((time, number): (i64, i64)) -> String {
    URL_SAFE_NO_PAD.encode(json!([time, number]).to_string())
}

fn place_of(key: &str) -> Option<(i64, i64)> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(key).ok()?).ok()
}
