//! What routers other than KAZOO ask and are told. Requests are those of the vendors' documentation.

use serde_json::{Value, json};
use ureq::http::Method;

use super::server::{Client, Reply, Server};

/// All that answer with XML when nothing is wrong.
const OF_XML: [(&str, &str); 4] = [
    ("twilio", "Response"),
    ("telnyx", "Response"),
    ("httapi", "document"),
    ("xml_curl", "document"),
];

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The path and query of a function's address for one router.
pub(super) fn address(client: &Client, id: &str, router: &str) -> String {
    let path = client.functions(&format!("/{id}/key"));
    let reply = client.send(Method::GET, &path, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    let url = reply.body["data"]["urls"][router].as_str().unwrap();
    url.strip_prefix(&client.url("")).unwrap().to_owned()
}

fn get(client: &Client, path: &str) -> Reply {
    client.send_as_is(Method::GET, path, "", &[])
}

pub(super) fn post(client: &Client, path: &str, content_type: &str, body: &str) -> Reply {
    client.send_as_is(Method::POST, path, body, &[("content-type", content_type)])
}

/// What the router of a new function with this source answers to a request.
fn answers(client: &Client, router: &str, source: &str, content_type: &str, body: &str) -> Value {
    let address = address(client, &client.created(source), router);
    let mut reply = post(client, &address, content_type, body);
    if let Some(stack) = reply.body.pointer_mut("/error/stack") {
        stack.take();
    }
    json!({
        "status": reply.status,
        "type": reply.headers["content-type"].to_str().unwrap(),
        "body": reply.body,
    })
}

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

/// Twilio and Telnyx want an error, FreeSWITCH XML besides.
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

/// A form in parts as curl writes it, which FreeSWITCH uses: fields, and a recording of so many bytes.
fn recorded(fields: &[(&str, &str)], bytes: usize) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, text) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        form.extend(part.into_bytes());
    }
    let part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"attached_file\"; filename=\"message.wav\"\r\n\
        Content-Type: audio/wav\r\n\r\nRIFF"
    );
    form.extend(part.into_bytes());
    form.resize(form.len() + bytes - 4, 0xff);
    form.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    form
}

const BOUNDARY: &str = "------------------------d74496d66958873e";

fn post_parts(client: &Client, path: &str, form: Vec<u8>) -> Reply {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", content_type.as_str())];
    client.request(Method::POST, path, form, &headers)
}

/// After `<record>`, `mod_httapi` sends what was recorded along; all others that send forms could send them in parts too.
#[test]
fn a_form_in_parts_is_a_call_with_what_its_files_are() {
    let server = Server::start();
    let client = &server.client;
    let fields = [
        ("session_id", "3f3b5e9c-1"),
        ("Caller-Caller-ID-Number", "+1 415"),
        ("note", "zwei\r\nZeilen, ä"),
    ];
    let told = "JSON.stringify([call.session_id, call['Caller-Caller-ID-Number'], call.note, call['attached_file[name]'], \
        call['attached_file[type]'], call['attached_file[size]'], Object.keys(call).length])";
    let expected = json!([
        "3f3b5e9c-1",
        "+1 415",
        "zwei\r\nZeilen, ä",
        "message.wav",
        "audio/wav",
        "3000000",
        6
    ]);
    for (router, root) in OF_XML.into_iter().chain([("pivot", "")]) {
        let source = match router {
            "pivot" => format!("return {{module: 'tts', data: {{text: {told}}}}}"),
            _ => format!("return ['{root}', ['a', {told}]]"),
        };
        let path = address(client, &client.created(&source), router);
        let reply = post_parts(client, &path, recorded(&fields, 3_000_000));
        assert_eq!(reply.status, 200, "{router}: {}", reply.body);
        let text = match &reply.body {
            Value::String(xml) => {
                let (_, text) = xml.split_once("<a>").unwrap();
                text.split_once("</a>")
                    .unwrap()
                    .0
                    .replace("&quot;", "\"")
                    .replace("&#34;", "\"")
            }
            flow => flow["data"]["text"].as_str().unwrap().to_owned(),
        };
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            expected,
            "{router}"
        );
    }
}

#[test]
fn forms_in_parts_have_bounds() {
    let server = Server::start();
    let client = &server.client;
    let path = address(client, &client.created("return ['Response']"), "twilio");
    let status = |form: Vec<u8>| {
        let reply = post_parts(client, &path, form);
        (
            reply.status,
            reply.body["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let many = vec![("a", "1"); 1024];
    assert_eq!(
        status(recorded(&many, 4)),
        (400, "the form has too many parts".into())
    );
    let text = "t".repeat(1024 * 1024);
    assert_eq!(
        status(recorded(&[("a", &text)], 4)),
        (413, "the call is too large".into())
    );
    assert_eq!(status(recorded(&[], 8_000_000)).0, 400);
    let mut cut = recorded(&[("a", "1")], 4);
    cut.truncate(cut.len() - 20);
    let (refused, message) = status(cut);
    assert_eq!(refused, 400);
    assert!(message.starts_with("the body is no form: "), "{message}");
    // Of a body in JSON nothing is left out.
    let path = address(
        client,
        &client.created("return {verb: 'hangup'}"),
        "jambonz",
    );
    let large = json!({"a": text}).to_string().into_bytes();
    assert_eq!(post_parts(client, &path, large).status, 413);
}

#[test]
fn a_call_has_a_bounded_size() {
    let server = Server::start();
    let client = &server.client;
    let address = address(
        client,
        &client.created("return {verb: 'hangup'}"),
        "jambonz",
    );
    let call = |bytes: usize| json!({"from": "1".repeat(bytes)}).to_string();
    for (bytes, expected) in [
        (200 * 1024, 200),
        (300 * 1024, 413),
        (1024 * 1024, 413),
        (8_000_000, 400),
    ] {
        let reply = post(client, &address, "application/json", &call(bytes));
        assert_eq!(reply.status, expected, "{bytes}: {}", reply.body);
    }
}

#[test]
fn every_router_checks_the_key_and_who_may_be_called() {
    let server = Server::start();
    let client = &server.client;
    let other = client.sub_account("other");
    for (router, root) in OF_XML
        .into_iter()
        .chain([("jambonz", ""), ("signalwire", "")])
    {
        let source = match router {
            "jambonz" => "return {verb: 'hangup'}".to_owned(),
            "signalwire" => "return ['hangup']".to_owned(),
            _ => format!("return ['{root}']"),
        };
        let (ours, theirs) = (client.created(&source), other.created(&source));
        let (open, others) = (
            address(client, &ours, router),
            address(&other, &theirs, router),
        );
        let status = |path: &str| get(client, path).status;
        assert_eq!((status(&open), status(&others)), (200, 200), "{router}");
        let (path, query) = open.split_once('?').unwrap();
        let (other_path, other_query) = others.split_once('?').unwrap();
        for refused in [
            path.to_owned(),
            format!("{path}?key="),
            format!("{path}?{other_query}"),
            format!("{other_path}?{query}"),
            format!("/{router}/{}/{theirs}?{other_query}", client.account),
            format!("/{router}/nope/{ours}?{query}"),
        ] {
            assert_eq!(status(&refused), 403, "{refused}");
        }
        assert_eq!(client.send_as_is(Method::PUT, &open, "", &[]).status, 405);
        let one = client.functions(&format!("/{ours}"));
        client.send(Method::PATCH, &one, r#"{"data":{"enabled":false}}"#);
        assert_eq!(status(&open), 409, "{router}");

        for (enabled, expected) in [("false", 403), ("true", 200)] {
            let account = format!("/v2/accounts/{}", other.account);
            let body = format!(r#"{{"data":{{"enabled":{enabled}}}}}"#);
            let reply = client.send(Method::PATCH, &account, &body);
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(status(&others), expected, "{router}");
        }
    }
}

#[test]
fn nothing_is_said_of_a_call_without_the_key() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    for router in ["pivot", "jambonz", "twilio", "xml_curl"] {
        let path = format!("/{router}/{}/{id}?key=x", client.account);
        let status = client
            .send_as_is(Method::POST, &path, "{ no JSON", &[])
            .status;
        assert_eq!(status, 403, "{router}");
    }
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
