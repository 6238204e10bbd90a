//! `_design/functions/_show/…`: runs a function for KAZOO's `function` module (`cf_function.erl`,
//! `couchbeam_view.erl`).
//!
//! KAZOO checks the flow in a reply of 200 and runs it. After any other reply, the call continues at the node's child
//! `_`. Until then, the caller hears silence.

use actix_web::{
    HttpResponse,
    http::{Method, header},
};
use serde_json::{json, value::RawValue};
use switchhook_runtime::Outcome;

use super::{CouchDb, error::CouchError, request::Request};
use crate::{
    functions::{Caller, FunctionsError},
    http::{call_parameters, calling},
};

/// The document of KAZOO's own show for an id without a function.
const NO_FUNCTION: &str = r#"{"error":"empty function definition"}"#;

/// `name` is the name of the show.
pub(super) async fn answer(
    request: &Request,
    name: &str,
    id: Option<&str>,
) -> Result<HttpResponse, CouchError> {
    if !matches!(request.method(), Method::GET | Method::POST) {
        return Err(CouchError::method_not_allowed("GET,POST"));
    }
    match name {
        "wh" => {
            let ran = calling::in_time(run(request, id)).await;
            ran.unwrap_or_else(|| Err(CouchError::too_slow()))
        }
        "print_doc" => print(request, id).await,
        _ => Err(CouchError::not_found(format!(
            "missing show function {name} on design doc _design/functions"
        ))),
    }
}

/// The call in the query, in any of its forms. Bodies are ignored.
fn call(request: &Request) -> Result<Box<RawValue>, CouchError> {
    call_parameters::of_query(request.query_string())
        .map_err(|error| CouchError::bad_request(error.to_string()))
}

async fn run(request: &Request, id: Option<&str>) -> Result<HttpResponse, CouchError> {
    let Some(id) = id else {
        return Ok(reply(NO_FUNCTION));
    };
    let call = call(request)?;
    match shown(request.couchdb(), id, &call, request.id()).await? {
        None => Ok(reply(NO_FUNCTION)),
        Some(outcome) => match &outcome.result {
            Ok(result) => Ok(reply(result.get())),
            Err(failure) => Err(CouchError::failed(failure)),
        },
    }
}

/// Runs a function, if it exists. KAZOO's requests name no account.
async fn shown(
    couchdb: &CouchDb,
    id: &str,
    call: &RawValue,
    request_id: &str,
) -> Result<Option<Outcome<Box<RawValue>>>, CouchError> {
    let Some(account) = couchdb.database.owner(id).await? else {
        return Ok(None);
    };
    if !calling::is_enabled(&couchdb.shared, &account).await? {
        return Err(CouchError::forbidden("the function's account is disabled"));
    }
    let functions = &couchdb.shared.functions;
    let caller = Caller {
        request_id,
        router: Some(calling::FUNCTION_MODULE),
    };
    match functions.show(&account, id, call, caller).await {
        Err(FunctionsError::NotFound { .. }) => Ok(None),
        shown => Ok(Some(shown?)),
    }
}

/// Returns the call and the document, which KAZOO uses for debugging.
async fn print(request: &Request, id: Option<&str>) -> Result<HttpResponse, CouchError> {
    let document = match id {
        Some(id) => request.database().document(id).await?,
        None => None,
    };
    let Some(document) = document.filter(|document| !document.deleted) else {
        return Ok(reply(NO_FUNCTION));
    };
    let printed = json!({"doc": document.to_json(), "call": call(request)?});
    Ok(reply(&printed.to_string()))
}

fn reply(json: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(json.to_owned())
}
