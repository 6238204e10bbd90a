//! Running functions, and handing them out as modules.

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use switchhook_runtime::Class;

use super::{
    context::{self, RequestContext},
    envelope::Extras,
    error::ApiError,
};
use crate::{
    functions::{Ran, Trial},
    outcome::OutcomeReply,
};

#[derive(Deserialize)]
pub(super) struct RunQuery {
    /// `true`: the outcome's `replay` is to hold all that the call depends on.
    record: Option<String>,
}

impl RunQuery {
    fn captures(&self) -> bool {
        self.record.as_deref() == Some("true")
    }
}

pub(super) async fn run(
    mut context: RequestContext,
    path: web::Path<(String, String)>,
    query: web::Query<RunQuery>,
    payload: web::Payload,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let ran = async {
        let call = context.data(payload).await?;
        expect_object("data", &call)?;
        context.authorize(&account).await?;
        let functions = &context.shared().functions;
        let ran = functions
            .run(&account, &id, &call, query.captures())
            .await?;
        Ok(reply(&context, &ran))
    }
    .await;
    context.reply(ran)
}

#[derive(Deserialize)]
struct TestRequest {
    call: Option<Box<RawValue>>,
}

/// A trial needs no name.
const TRIAL_NAME: &str = "test";

pub(super) async fn test(
    mut context: RequestContext,
    account: web::Path<String>,
    query: web::Query<RunQuery>,
    payload: web::Payload,
) -> HttpResponse {
    let ran = async {
        let data = context.data(payload).await?;
        let mut document = context::object_of(&data)?;
        let call = call_of(&data)?;
        document.shift_remove("call");
        document.insert("name".into(), TRIAL_NAME.into());
        context.authorize(&account).await?;
        let trial = Trial {
            document,
            call: &call,
        };
        let functions = &context.shared().functions;
        let ran = functions.try_out(&account, trial, query.captures()).await?;
        Ok(reply(&context, &ran))
    }
    .await;
    context.reply(ran)
}

/// The call as it was written: numbers keep their digits.
fn call_of(data: &RawValue) -> Result<Box<RawValue>, ApiError> {
    let TestRequest { call } = serde_json::from_str(data.get()).map_err(|error| {
        let message = format!("the call cannot be read: {error}");
        ApiError::problem("call", "invalid", json!({"message": message}))
    })?;
    let call = call.unwrap_or_else(context::empty_object);
    expect_object("call", &call)?;
    Ok(call)
}

pub(super) async fn module(
    mut context: RequestContext,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let linked = async {
        context.authorize(&account).await?;
        let module = context.shared().functions.module(&account, &id).await?;
        Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/wasm"))
            .body(module))
    }
    .await;
    context.reply(linked)
}

fn expect_object(field: &str, value: &RawValue) -> Result<(), ApiError> {
    if value.get().starts_with('{') {
        return Ok(());
    }
    Err(ApiError::wrong_type(field, "object", &json!(value)))
}

fn reply(context: &RequestContext, Ran { outcome, record }: &Ran) -> HttpResponse {
    let class = outcome.class();
    let status = status(class);
    if let Err(failure) = &outcome.result
        && let Some(detail) = &failure.detail
    {
        tracing::error!("a call failed: {detail}");
    }
    let error = status.is_client_error() || status.is_server_error();
    let extras = Extras {
        error: error.then_some(status.as_str()),
        message: error.then_some(class.name()),
        ..Extras::default()
    };
    context.envelope(status, &OutcomeReply::new(outcome, record), &extras)
}

fn status(class: Class) -> StatusCode {
    match class {
        Class::Ok => StatusCode::OK,
        Class::InputTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::Disabled => StatusCode::CONFLICT,
        Class::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::CompileError
        | Class::Exception
        | Class::InvalidResult
        | Class::FuelExhausted
        | Class::Timeout
        | Class::MemoryLimit
        | Class::StackOverflow
        | Class::OutputTooLarge => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
