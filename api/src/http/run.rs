//! Running functions, and handing them out as modules.

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use switchhook_runtime::{Class, Outcome};

use super::{
    context::{self, RequestContext},
    envelope::Extras,
    error::ApiError,
};
use crate::{functions::Trial, outcome::OutcomeReply};

pub(super) async fn run(
    mut context: RequestContext,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    let ran = async {
        let call = context.data(payload).await?;
        expect_object("data", &call)?;
        context.authorize(&account).await?;
        let outcome = context
            .shared()
            .functions
            .run(&account, &id, call.get())
            .await?;
        Ok(reply(&context, &outcome))
    }
    .await;
    context.reply(ran)
}

#[derive(Deserialize)]
struct TestRequest {
    function_js: Option<String>,
    language_pack: Option<String>,
    call: Option<Box<RawValue>>,
}

pub(super) async fn test(
    mut context: RequestContext,
    account: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let ran = async {
        let data = context.data(payload).await?;
        let request: TestRequest = serde_json::from_str(data.get()).map_err(|error| {
            ApiError::problem(
                "data",
                "type",
                json!({"message": format!("Value did not match type(s): {error}")}),
            )
        })?;
        let source = request
            .function_js
            .ok_or_else(|| ApiError::required("function_js", &json!("function_js")))?;
        let call = request.call.unwrap_or_else(context::empty_object);
        expect_object("call", &call)?;
        context.authorize(&account).await?;
        let trial = Trial {
            source: &source,
            language_pack: request.language_pack.as_deref().unwrap_or("javascript"),
            call: call.get(),
        };
        let outcome = context.shared().functions.try_out(&account, &trial).await?;
        Ok(reply(&context, &outcome))
    }
    .await;
    context.reply(ran)
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

fn reply(context: &RequestContext, outcome: &Outcome<Box<RawValue>>) -> HttpResponse {
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
    context.envelope(status, &OutcomeReply::new(outcome), &extras)
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
