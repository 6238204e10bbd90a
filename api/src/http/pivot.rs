//! `/pivot/{account}/{function}?key=…`: what KAZOO's `pivot` module asks for callflows (KAZOO `pivot_call.erl`).
//!
//! KAZOO runs what comes with 200; anything else makes it take the branch `_`, so what is not a flow it would run is an
//! error here. It gives up after 5 s and then waits twice as long in silence: an error is better than a late answer.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use serde_json::{Value, json};

use super::{
    call_parameters::{CallError, Parameters},
    error::{ApiError, OVERLOADED_FOR},
    request::Request,
    run::status,
};
use crate::{
    functions::{FunctionsError, Ran},
    problem::Invalid,
};

/// Well below KAZOO's own 5 s (`pivot_call.erl`, `request_timeout_ms`), its way there and back included.
const MAX_TIME: Duration = Duration::from_secs(3);

/// What opens the function; not a part of the call.
const KEY: &str = "key";

pub(super) async fn pivot(
    request: Request,
    http: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let answered = answer(&request, &http, path, payload);
    match tokio::time::timeout(MAX_TIME, answered).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(refused)) => refused.reply(),
        Err(_) => Refused::new(StatusCode::GATEWAY_TIMEOUT, "it takes too long").reply(),
    }
}

async fn answer(
    request: &Request,
    http: &HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (account, id) = path.into_inner();
    let mut parameters = Parameters::of_query(http.query_string());
    let key = parameters.take(KEY).unwrap_or_default();
    let forbidden = || Refused::new(StatusCode::FORBIDDEN, "forbidden");
    let shared = request.shared();
    // The function of a disabled account is not called, nor is it told apart from one that is not there.
    match shared.identity.account(&account).await {
        Ok(account) if account.enabled => {}
        _ => return Err(forbidden()),
    }
    let (body, _share) = shared.bodies.read(payload.into_inner()).await?;
    let no_call = |error: CallError| Refused::new(StatusCode::BAD_REQUEST, &error.to_string());
    parameters
        .read_body(http.headers(), &body)
        .map_err(no_call)?;
    let call = parameters.call().map_err(no_call)?;
    let functions = &shared.functions;
    let ran = functions.run_with_key(&account, &id, &key, &call, request.id());
    match ran.await {
        Ok(ran) => flow(&ran),
        Err(FunctionsError::WrongKey) => Err(forbidden()),
        Err(error) => Err(ApiError::from(error).into()),
    }
}

/// The result, if KAZOO would run it.
fn flow(ran: &Ran) -> Result<HttpResponse, Refused> {
    match (&ran.outcome.result, &ran.flow) {
        (Ok(result), Some(Ok(()))) => Ok(HttpResponse::Ok()
            // Of anything else KAZOO thinks first that it is XML.
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .body(result.get().to_owned())),
        (Ok(_), invalid) => {
            let invalid = invalid.as_ref().and_then(|flow| flow.as_ref().err());
            Err(Refused {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                body: json!({
                    "message": "KAZOO would not run what the function returned",
                    "validation": invalid.map(Invalid::to_json),
                }),
            })
        }
        (Err(failure), _) => Err(Refused {
            status: status(failure.class),
            body: json!({"outcome": failure.class, "error": failure.error, "limit": failure.limit}),
        }),
    }
}

/// Why there is no flow: for whoever reads KAZOO's debug log, or tries the URL out.
struct Refused {
    status: StatusCode,
    body: Value,
}

impl Refused {
    fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            body: json!({"message": message}),
        }
    }

    fn reply(self) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            reply.insert_header((header::RETRY_AFTER, OVERLOADED_FOR));
        }
        reply
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .body(self.body.to_string())
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status,
            body: error.data,
        }
    }
}

impl From<super::bodies::BodyError> for Refused {
    fn from(error: super::bodies::BodyError) -> Self {
        ApiError::from(error).into()
    }
}
