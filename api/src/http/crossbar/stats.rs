//! `…/functions/stats`: numbers and outcomes of recent calls.

use actix_web::{HttpResponse, http::StatusCode};

use super::{
    envelope::Extras,
    openapi::{AccountPath, PeriodQuery, ReadingRefused, Reply, Stats},
    request::Authorized,
};
use crate::{functions::Period, http::error::ApiError};

/// The parameter, and its values.
const PERIOD: &str = "period";
const PERIODS: [&str; 2] = ["hour", "day"];

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/stats",
    tag = "attempts",
    summary = "Count the calls of an account's functions",
    params(AccountPath, PeriodQuery),
    responses((status = 200, description = "Calls since the server was started, by function and time", body = Reply<Stats>), ReadingRefused),
)]
pub(super) async fn count(request: Authorized) -> Result<HttpResponse, ApiError> {
    let name = request.query(PERIOD).unwrap_or(PERIODS[0]);
    let period = Period::named(name)
        .ok_or_else(|| ApiError::not_in_list(PERIOD, PERIODS.into_iter(), name))?;
    let functions = &request.shared().functions;
    let stats = functions.stats(&request.account().id, period);
    Ok(request.reply(StatusCode::OK, &stats, &Extras::default()))
}
