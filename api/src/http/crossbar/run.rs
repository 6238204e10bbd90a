//! Running functions, and handing functions out as modules.

#![warn(
    clippy::large_futures,
    reason = "handlers' futures are moved several times before they are first polled"
)]

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    envelope::Extras,
    intake,
    openapi::{
        AccountPath, FreeForm, FunctionPath, Outcome, ReadingRefused, Reply, RunningRefused,
        Trial as TrialBody, Wrapped,
    },
    request::{Authorized, Request, WASM, WantsModule},
};
use crate::{
    functions::{OutcomeReply, Ran, Trial},
    http::{
        calling::{OVERLOADED_FOR, status},
        error::ApiError,
    },
};

/// `record=true`: the outcome's `replay` is to hold all that the call depends on.
fn captures(request: &Request) -> bool {
    request.control("record") == Some("true")
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/{function}/run",
    tag = "running",
    summary = "Run a function",
    params(FunctionPath),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "What it returned", body = Reply<Outcome>), RunningRefused),
)]
pub(super) async fn run(
    request: Authorized,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let call = request.data();
    expect_object("data", call)?;
    let functions = &request.shared().functions;
    let ran = functions
        .run(account, id, call, captures(&request), request.id())
        .await?;
    Ok(reply(&request, &ran))
}

#[derive(Deserialize)]
struct TestRequest {
    call: Option<Box<RawValue>>,
}

/// A trial needs no name.
const TRIAL_NAME: &str = "test";

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/test",
    tag = "running",
    summary = "Run a function without storing it",
    params(AccountPath),
    request_body = Wrapped<TrialBody>,
    responses((status = 200, description = "What it returned", body = Reply<Outcome>), RunningRefused),
)]
pub(super) async fn test(request: Authorized) -> Result<HttpResponse, ApiError> {
    let mut document = request.object().await?;
    let call = call_of(request.data())?;
    document.shift_remove("call");
    document.insert("name".into(), TRIAL_NAME.into());
    let trial = Trial {
        document,
        call: &call,
    };
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let ran = functions
        .try_out(account, trial, captures(&request), request.id())
        .await?;
    Ok(reply(&request, &ran))
}

/// The call as it was written: numbers keep their digits.
fn call_of(data: &RawValue) -> Result<Box<RawValue>, ApiError> {
    let TestRequest { call } = serde_json::from_str(data.get()).map_err(|error| {
        let message = format!("the call cannot be read: {error}");
        ApiError::problem("call", "invalid", json!({"message": message}))
    })?;
    let call = call.unwrap_or_else(intake::empty_object);
    expect_object("call", &call)?;
    Ok(call)
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/module",
    tag = "running",
    summary = "Get a function as one Wasm module",
    params(FunctionPath),
    responses((status = 200, description = "For any engine with WASI preview 1", body = Vec<u8>, content_type = "application/wasm"), ReadingRefused),
)]
pub(super) async fn module(
    WantsModule(request): WantsModule,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let module = request.shared().functions.module(account, id).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, WASM))
        .body(module))
}

fn expect_object(field: &str, value: &RawValue) -> Result<(), ApiError> {
    if value.get().starts_with('{') {
        return Ok(());
    }
    Err(ApiError::wrong_type(
        field,
        "object",
        &intake::repeated(value.get().as_bytes()),
    ))
}

fn reply(request: &Request, ran: &Ran) -> HttpResponse {
    let outcome = &ran.outcome;
    let class = outcome.class();
    let status = status(class);
    let error = status.is_client_error() || status.is_server_error();
    let extras = Extras {
        error: error.then_some(status.as_str()),
        message: error.then_some(class.name()),
        ..Extras::default()
    };
    let mut reply = request.reply(status, &OutcomeReply::new(ran), &extras);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        reply
            .headers_mut()
            .insert(header::RETRY_AFTER, OVERLOADED_FOR.into());
    }
    reply
}
