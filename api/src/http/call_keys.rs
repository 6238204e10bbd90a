//! `…/functions/{function}/key`: what call routers show, ready to paste.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    envelope::Extras,
    error::ApiError,
    openapi::{FunctionPath, ReadingRefused, Reply, WritingRefused},
    request::Authorized,
    routers::{Httapi, Jambonz, Pivot, Router, SignalWire, Telnyx, Twilio, XmlCurl},
};

/// What a function is called with.
#[derive(Serialize, ToSchema)]
pub(super) struct CallKey {
    key: String,
    urls: Urls,
}

/// Where call routers call it.
#[derive(Serialize, ToSchema)]
struct Urls {
    /// For `voice_url` of KAZOO's `pivot` module
    pivot: String,
    /// For the calling webhook of an application of jambonz
    jambonz: String,
    /// For the address of a SWML webhook of SignalWire
    signalwire: String,
    /// For what happens when a call comes in to a number of Twilio
    twilio: String,
    /// For the voice method of a TeXML application of Telnyx
    telnyx: String,
    /// For the `httapi` application of FreeSWITCH
    httapi: String,
    /// For `gateway-url` of FreeSWITCH's `mod_xml_curl`
    xml_curl: String,
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/key",
    tag = "calling",
    summary = "What call routers call a function with",
    params(FunctionPath),
    responses((status = 200, description = "The key, and addresses with it", body = Reply<CallKey>), ReadingRefused),
)]
pub(super) async fn read(
    request: Authorized,
    http: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let key = request.shared().functions.call_key(&account, &id).await?;
    Ok(reply(&request, &http, StatusCode::OK, &id, key))
}

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/functions/{function}/key",
    tag = "calling",
    summary = "Give a function another key",
    params(FunctionPath),
    responses((status = 201, description = "The new key; the one before opens nothing any more", body = Reply<CallKey>), WritingRefused),
)]
pub(super) async fn renew(
    request: Authorized,
    http: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = path.into_inner();
    let functions = &request.shared().functions;
    let key = functions.renew_call_key(&account, &id).await?;
    Ok(reply(&request, &http, StatusCode::CREATED, &id, key))
}

fn reply(
    request: &Authorized,
    http: &HttpRequest,
    status: StatusCode,
    id: &str,
    key: String,
) -> HttpResponse {
    let base = base_url(request.shared().public_url.as_deref(), http);
    let account = &request.account().id;
    let url = |router| format!("{base}/{router}/{account}/{id}?key={key}");
    let urls = Urls {
        pivot: url(Pivot::NAME),
        jambonz: url(Jambonz::NAME),
        signalwire: url(SignalWire::NAME),
        twilio: url(Twilio::NAME),
        telnyx: url(Telnyx::NAME),
        httapi: url(Httapi::NAME),
        xml_curl: url(XmlCurl::NAME),
    };
    request.reply(status, &CallKey { key, urls }, &Extras::default())
}

/// How addresses of this server begin, from outside.
pub(super) fn base_url(public_url: Option<&str>, http: &HttpRequest) -> String {
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let connection = http.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        }
    }
}
