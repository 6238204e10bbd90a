//! Runs functions, and replies with functions as modules.

#![warn(
    clippy::large_futures,
    reason = "handlers' futures are moved several times before they are first polled"
)]

use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use switchhook_runtime::{Class, Moment};

use super::{
    envelope::Extras,
    intake,
    openapi::{
        AccountPath, CompilingQuery, FreeForm, FunctionPath, Outcome, ReadingRefused, Reply,
        RunningQuery, RunningRefused, Trial as TrialBody, Wrapped,
    },
    request::{Authorized, Request, WASM, WantsModule},
};
use crate::{
    functions::{OutcomeReply, Question, Ran, Repeated, Trial},
    http::{
        calling::{OVERLOADED_FOR, status},
        error::ApiError,
        routers::{Answer, DOORS, Door},
    },
};

/// `record=true`: the outcome's `replay` contains everything that the call depends on.
fn captures(request: &Request) -> bool {
    request.control("record") == Some("true")
}

/// `router=NAME`: the reply contains this router's answer.
fn router(request: &Request) -> Result<Option<&'static Door>, ApiError> {
    let Some(name) = request.control("router") else {
        return Ok(None);
    };
    let door = Door::named(name);
    let names = || DOORS.iter().map(|door| door.name);
    door.map(Some)
        .ok_or_else(|| ApiError::not_in_list("router", names(), name))
}

/// A call with the router's rule for empty answers, or, without a router, a call that needs an answer.
fn question<'a>(call: &'a RawValue, router: Option<&Door>) -> Question<'a> {
    let question = Question::new(call);
    match router {
        Some(door) => Question {
            takes_nothing: door.takes_nothing,
            ..question
        },
        None => question,
    }
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/{function}/run",
    tag = "running",
    summary = "Run a function",
    params(FunctionPath, RunningQuery),
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
    let router = router(&request)?;
    let question = question(call, router);
    let functions = &request.shared().functions;
    let ran = functions
        .run(account, id, &question, captures(&request), request.id())
        .await?;
    Ok(reply(&request, &ran, call, router))
}

/// The fields of a trial that are not part of the document.
#[derive(Deserialize)]
struct TrialFields {
    call: Option<Box<RawValue>>,
    replay: Option<Box<RawValue>>,
    function: Option<Value>,
}

/// The name of a trial's document, because a trial needs no name.
const TRIAL_NAME: &str = "test";

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/test",
    tag = "running",
    summary = "Run a function without storing it",
    params(AccountPath, RunningQuery, CompilingQuery),
    request_body = Wrapped<TrialBody>,
    responses((status = 200, description = "What it returned", body = Reply<Outcome>), RunningRefused),
)]
pub(super) async fn test(request: Authorized) -> Result<HttpResponse, ApiError> {
    let mut document = request.object().await?;
    let fields = TrialFields::of(request.data())?;
    for name in ["call", "replay", "function"] {
        document.shift_remove(name);
    }
    document.insert("name".into(), TRIAL_NAME.into());
    let secrets_of = fields.function()?;
    let functions = &request.shared().functions;
    let account = &request.account().id;
    if request.control("compile_only") == Some("true") {
        let compiled = functions.try_compile(account, document, secrets_of, request.id());
        let outcome = compiled.await?;
        let reply = OutcomeReply::without_result(&outcome);
        return Ok(reply_of(&request, outcome.class(), &reply));
    }
    let router = router(&request)?;
    let moment = fields.moment()?;
    let call = fields.call()?;
    let trial = Trial {
        document,
        question: Question {
            moment,
            ..question(&call, router)
        },
        secrets_of,
    };
    let ran = functions
        .try_out(account, trial, captures(&request), request.id())
        .await?;
    Ok(reply(&request, &ran, &call, router))
}

impl TrialFields {
    /// Keeps the call as text, so that numbers keep their digits.
    fn of(data: &RawValue) -> Result<Self, ApiError> {
        serde_json::from_str(data.get()).map_err(|error| {
            let message = format!("the call cannot be read: {error}");
            ApiError::problem("call", "invalid", json!({"message": message}))
        })
    }

    fn call(self) -> Result<Box<RawValue>, ApiError> {
        let call = self.call.unwrap_or_else(intake::empty_object);
        expect_object("call", &call)?;
        Ok(call)
    }

    /// The moment of the earlier call to repeat.
    fn moment(&self) -> Result<Option<Moment>, ApiError> {
        let Some(replay) = &self.replay else {
            return Ok(None);
        };
        expect_object("replay", replay)?;
        let repeated: Repeated = serde_json::from_str(replay.get()).map_err(|error| {
            let message = format!("the record cannot be repeated: {error}");
            ApiError::problem("replay", "invalid", json!({"message": message}))
        })?;
        Ok(Some(repeated.moment()))
    }

    /// The function whose secrets the trial uses.
    fn function(&self) -> Result<Option<String>, ApiError> {
        match &self.function {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(id)) => Ok(Some(id.clone())),
            Some(other) => Err(ApiError::wrong_type("function", "string", other)),
        }
    }
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

/// An outcome with a router's answer beside it.
#[derive(Serialize)]
struct Answered<'a> {
    #[serde(flatten)]
    outcome: OutcomeReply<'a>,
    answer: Answer,
}

fn reply(request: &Request, ran: &Ran, call: &RawValue, router: Option<&Door>) -> HttpResponse {
    let class = ran.outcome.class();
    let outcome = OutcomeReply::new(ran);
    match router {
        Some(door) => {
            let answer = (door.answer)(ran, call);
            reply_of(request, class, &Answered { outcome, answer })
        }
        None => reply_of(request, class, &outcome),
    }
}

fn reply_of(request: &Request, class: Class, outcome: &impl Serialize) -> HttpResponse {
    let status = status(class);
    let error = status.is_client_error() || status.is_server_error();
    let extras = Extras {
        error: error.then_some(status.as_str()),
        message: error.then_some(class.name()),
        ..Extras::default()
    };
    let mut reply = request.reply(status, outcome, &extras);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        reply
            .headers_mut()
            .insert(header::RETRY_AFTER, OVERLOADED_FOR.into());
    }
    reply
}
