//! FreeSWITCH's `mod_httapi`, which sends what it knows of a channel and takes a document with work to do.
//!
//! It asks again when the work is done. With anything but 200 the application ends, and the dialplan goes on with its
//! next action (`mod_httapi.c`, `httapi_function`): nothing is tried again.

use actix_web::HttpResponse;
use serde_json::{json, value::RawValue};

use super::{Asked, CallError, Ran, Refused, Router, Sample, xml};

pub(super) struct Httapi;

impl Router for Httapi {
    const NAME: &'static str = "httapi";
    const ADDRESS_IS_FOR: &'static str = "For the `httapi` application of FreeSWITCH";
    const TITLE: &'static str = "FreeSWITCH (mod_httapi)";
    const CALL_ID: &'static str = "/session_id";
    const SAMPLE: Sample = Sample::Form(include_str!(
        "../../../../docs/examples/httapi/request.form"
    ));

    async fn call(asked: &mut Asked<'_>) -> Result<Box<RawValue>, CallError> {
        asked.parameters().await
    }

    /// After a hangup nothing is done with the answer. Before, a document without work ends the application, as a failure does
    /// (`parse_xml`).
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

    /// Its documentation says that it asks for ever when the type is another. The document ends the application too,
    /// should the status get lost on the way.
    fn failure(refused: &Refused) -> HttpResponse {
        let work = json!(["work", ["log", {"level": "err"}, refused.reason()], ["break"]]);
        let document = json!(["document", {"type": "xml/freeswitch-httapi"}, work]);
        refused.reply(xml::CONTENT_TYPE, xml::own(&document))
    }
}
