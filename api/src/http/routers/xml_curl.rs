//! FreeSWITCH's `mod_xml_curl`, which asks for a part of its configuration: here, for the dialplan of a call.
//!
//! Without a dialplan, or with any status but 200, FreeSWITCH uses its own files (`mod_xml_curl.c`, `xml_url_fetch`).

use actix_web::HttpResponse;
use serde_json::{json, value::RawValue};

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, xml};

pub(super) struct XmlCurl;

impl Router for XmlCurl {
    const NAME: &'static str = "xml_curl";
    const ADDRESS_IS_FOR: &'static str = "For `gateway-url` of FreeSWITCH's `mod_xml_curl`";
    const TITLE: &'static str = "FreeSWITCH (mod_xml_curl)";
    const ENTERED_AT: &'static str = "In `xml_curl.conf.xml`, within its bindings.";
    const CALL_ID: &'static str = "/Unique-ID";
    const SAMPLE: Sample = Sample::Form(include_str!(
        "../../../../docs/examples/xml_curl/request.form"
    ));

    /// A parameter of a binding.
    fn setting(url: &str) -> Option<String> {
        let parameter =
            json!(["param", {"name": "gateway-url", "value": url, "bindings": "dialplan"}]);
        Some(xml::own_element(&parameter))
    }

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.parameters().await
    }

    fn takes_nothing(_: &RawValue) -> bool {
        true
    }

    fn nothing() -> HttpResponse {
        xml::ok(not_found(None))
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        xml::reply(result, "document")
    }

    fn failure(refused: &Refused) -> HttpResponse {
        refused.reply(xml::CONTENT_TYPE, not_found(Some(&refused.reason())))
    }
}

/// The document for a call without a dialplan, with a reason for people.
fn not_found(reason: Option<&str>) -> String {
    let result = json!(["result", {"status": "not found", "reason": reason}]);
    let section = json!(["section", {"name": "result"}, result]);
    xml::own(&json!(["document", {"type": "freeswitch/xml"}, section]))
}
