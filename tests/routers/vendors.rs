//! Requests of routers other than KAZOO, from the vendors' documentation, and the replies.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{FORM, OF_XML, address, answers, get};
use crate::server::Server;

#[test]
fn jambonz_gets_verbs() {
    let server = Server::start();
    let client = &server.client;
    let call = json!({
        "call_sid": "fb1c1a6e-0f2b-4c1a-9b1d-4b9c1b7a2f11", "direction": "inbound", "from": "15083728299",
        "to": "15085710838", "caller_name": "", "account_sid": "ed649e33-e771-403a-8c99-1780eabbc803",
        "application_sid": "0e0681b0-d49f-4fb8-b973-b5a3c6758de1", "call_id": "252efd76-f4d2-123b-44ae-42010a8a0fd4",
        "call_status": "trying", "sip_status": 100, "sip": {"headers": {"X-Foo": "bar"}},
    });
    let call = call.to_string();
    let say = |what: &str| format!("return {{verb: 'say', text: [{what}].join()}}");
    let one = say("call.from, call.sip_status + 1, call.sip.headers['X-Foo']");
    let mut found = vec![
        answers(client, "jambonz", &one, "application/json", &call),
        answers(
            client,
            "jambonz",
            "return [{verb: 'answer'}, {verb: 'hangup'}]",
            "application/json",
            &call,
        ),
    ];
    for source in [
        "return [{say: {text: 'hi'}}, {hangup: {}}]",
        "return [{say: {text: 'hi'}}, {verb: 'hangup'}]",
        "return {'sip:decline': {status: 480}}",
        "return [{say: 'hi'}]",
        "return [{say: {text: 'hi'}, hangup: {}}]",
        "return ['hangup']",
        "return 'hangup'",
        "return {}",
        "return call.a.b",
    ] {
        found.push(answers(
            client,
            "jambonz",
            source,
            "application/json",
            &call,
        ));
    }
    for (content_type, body) in [
        ("application/json", "[]"),
        ("application/json", "{"),
        (FORM, "a=b"),
    ] {
        found.push(answers(client, "jambonz", &one, content_type, body));
    }
    let address = address(
        client,
        &client.created(&say("call.from, call.key")),
        "jambonz",
    );
    found.push(
        get(
            client,
            &format!("{address}&from=15083728299&sip_status=100"),
        )
        .body,
    );
    insta::assert_json_snapshot!(found);
}

#[test]
fn signalwire_gets_a_document() {
    let server = Server::start();
    let client = &server.client;
    let call = json!({
        "call": {
            "call_id": "c2d3e4f5-a6b7-8901-cdef-234567890abc", "node_id": "a1b2c3d4-1111-2222-3333-444455556666",
            "segment_id": "d3e4f5a6-b7c8-9012-defa-345678901bcd", "call_state": "created", "direction": "inbound",
            "type": "sip", "from": "sip:user@example.com", "to": "sip:destination@yourdomain.com", "headers": [],
            "project_id": "b2c3d4e5-f6a7-8901-bcde-f12345678901", "space_id": "d3e4f5a6-b7c8-9012-defa-345678901bcd",
        },
        "vars": {"user_selection": "1"}, "envs": {"case_number": "54321"}, "params": {"department": "sales"},
    });
    let main = "[{answer: {}}, {play: {url: 'say:' + call.call.from + call.params.department}}]";
    let found: Vec<_> = [
        format!("return {main}"),
        format!("return {{main: {main}, other: ['hangup']}}"),
        format!("return {{version: '1.0.0', sections: {{main: {main}}}}}"),
        "return {answer: {}}".to_owned(),
        "return 'hangup'".to_owned(),
    ]
    .iter()
    .map(|source| {
        answers(
            client,
            "signalwire",
            source,
            "application/json",
            &call.to_string(),
        )
    })
    .collect();
    insta::assert_json_snapshot!(found);
}

#[test]
fn twilio_and_telnyx_get_a_response() {
    let server = Server::start();
    let client = &server.client;
    let list = "return ['Response', ['Gather', {numDigits: 1, timeout: 5}, ['Say', {voice: 'alice'}, call.From + ' & ' + call.To]], \
        call.Digits ? ['Hangup'] : null]";
    let text = "return '<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>' + call.CallSid + '</Say></Response>'";
    let of_twilio = "CallSid=CA1234567890ABCDE&AccountSid=AC123&From=%2B14158675309&To=%2B18005551212&CallStatus=ringing&ApiVersion=2010-04-01&Direction=inbound";
    let of_telnyx = "AccountSid=f5586561-8ff0-4291-a51b-c7dfe4139ff9&ApiVersion=2010-04-01&CallSid=v3%3A9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ldNxdjWbVr9zBjbGjGsSe-aiQ&CallSidLegacy=v3%3A9X2v&CallStatus=ringing&ConnectionId=1234567890&From=%2B35319605860&To=%2B13129457420";
    let mut found = Vec::new();
    for (router, form) in [("twilio", of_twilio), ("telnyx", of_telnyx)] {
        for source in [list, text] {
            found.push(answers(client, router, source, FORM, form));
        }
        let address = address(client, &client.created(list), router);
        found.push(get(client, &format!("{address}&{form}&Digits=1")).body);
    }
    insta::assert_json_snapshot!(found);
}

#[test]
fn freeswitch_gets_work_and_dialplans() {
    let server = Server::start();
    let client = &server.client;
    let of_httapi = "session_id=3f3b5e9c-1&hostname=fs1&Caller-Direction=inbound&Caller-Caller-ID-Number=1000&Caller-Destination-Number=2000&url=http%3A%2F%2Fx";
    let work = "return ['document', {type: 'xml/freeswitch-httapi'}, ['work', \
        call.exiting ? null : ['playback', {name: 'digits', file: 'ivr/' + call['Caller-Destination-Number'] + '.wav'}, ['bind', {strip: '#'}, '~\\\\d+#']]]]";
    let of_xml_curl = "hostname=fs1&section=dialplan&tag_name=&key_name=&key_value=&Event-Name=REQUEST_PARAMS&Caller-Context=default&Caller-Destination-Number=2000&Hunt-Context=default";
    let dialplan = "if (call['Caller-Destination-Number'] !== '2000') return null; \
        return ['document', {type: 'freeswitch/xml'}, ['section', {name: 'dialplan'}, ['context', {name: call['Caller-Context']}, \
        ['extension', {name: 'a'}, ['condition', ['action', {application: 'bridge', data: 'user/' + call['Caller-Destination-Number']}]]]]]]";
    insta::assert_json_snapshot!([
        answers(client, "httapi", work, FORM, of_httapi),
        answers(client, "httapi", work, FORM, "exiting=true"),
        answers(client, "xml_curl", dialplan, FORM, of_xml_curl),
        answers(
            client,
            "xml_curl",
            dialplan,
            FORM,
            "Caller-Destination-Number=3000"
        ),
    ]);
}

/// The address alone decides on the form of the reply: errors for Twilio and Telnyx, XML for FreeSWITCH. An `Accept`
/// without JSON changes nothing.
#[test]
fn a_router_that_accepts_no_json_is_answered() {
    let server = Server::start();
    let client = &server.client;
    let function = client.created("return ['Response', ['Say', 'Hello']]");
    for router in ["twilio", "telnyx"] {
        let address = address(client, &function, router);
        let headers = [("content-type", FORM), ("accept", "application/xml")];
        let reply = client.send_as_is(Method::POST, &address, "From=1", &headers);
        assert_eq!(reply.status, 200, "{router}: {}", reply.body);
    }
}

#[test]
fn failures_are_told_in_the_routers_way() {
    let server = Server::start();
    let client = &server.client;
    let mut found = serde_json::Map::new();
    for (router, root) in OF_XML {
        for (name, source) in [
            ("exception", "throw 'no'".to_owned()),
            ("loop", "for (;;);".to_owned()),
            ("another root", "return '<Other/>'".to_owned()),
            ("broken", format!("return '<{root}>'")),
            ("no name", format!("return ['{root}', ['a b']]")),
            ("no XML", "return {module: 'tts'}".to_owned()),
        ] {
            let answer = answers(client, router, &source, FORM, "a=b");
            found.insert(format!("{router}: {name}"), answer);
        }
        let fine = format!("return ['{root}']");
        let answer = answers(client, router, &fine, "text/xml", "<a/>");
        found.insert(format!("{router}: body of another type"), answer);
    }
    insta::assert_json_snapshot!(Value::Object(found));
}

#[test]
fn half_a_character_fails_no_call() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return ['Response', ['Say', call.From.slice(0, 4)]]");
    let path = format!("{}&From=abc%F0%9F%98%80", address(client, &id, "twilio"));
    let (_, reply) = client.text(&path, &[]);
    assert!(reply.contains("<Say>abc\u{fffd}</Say>"), "{reply}");
}
