//! FreeSWITCH's `mod_httapi`, which sends a channel's variables and expects a document with the work to do.
//!
//! The module sends another request when the work is done. With any status but 200 the application ends, and the
//! dialplan continues with its next action (`mod_httapi.c`, `httapi_function`). No request is repeated.

use actix_web::HttpResponse;
use serde_json::{json, value::RawValue};

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, xml};

pub(super) struct Httapi;

impl Router for Httapi {
    const NAME: &'static str = "httapi";
    const ADDRESS_IS_FOR: &'static str = "For the `httapi` application of FreeSWITCH";
    const TITLE: &'static str = "FreeSWITCH (mod_httapi)";
    const ENTERED_AT: &'static str = "In the dialplan, where the call is to be handled.";
    const CALL_ID: &'static str = "/session_id";
    const SAMPLE: Sample = Sample::Form(include_str!(
        "../../../../docs/examples/httapi/request.form"
    ));

    /// An action of an extension.
    fn setting(url: &str) -> Option<String> {
        let data = format!("{{url={url},method=POST}}");
        let action = json!(["action", {"application": "httapi", "data": data}]);
        Some(xml::own_element(&action))
    }

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.parameters().await
    }

    /// Always true. After a hangup the answer is ignored. Before a hangup, a document without work ends the
    /// application, like a failure (`parse_xml`).
    fn takes_nothing(_: &RawValue) -> bool {
        true
    }

    fn nothing() -> HttpResponse {
        let document = json!(["document", {"type": "xml/freeswitch-httapi"}, ["work"]]);
        xml::ok(xml::own(&document))
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        xml::reply(result, "document")
    }

    /// According to FreeSWITCH's documentation, it repeats the request for ever after a reply with another content
    /// type. The document also ends the application if the status is lost on the way.
    fn failure(refused: &Refused) -> HttpResponse {
        let work = json!(["work", ["log", {"level": "err"}, refused.reason()], ["break"]]);
        let document = json!(["document", {"type": "xml/freeswitch-httapi"}, work]);
        refused.reply(xml::CONTENT_TYPE, xml::own(&document))
    }
}
