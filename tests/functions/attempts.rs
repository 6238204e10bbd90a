//! Attempts are kept for a while, and only the function's owners can read them.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    server::{Server, eventually},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const FAILS: &str = "console.warn('about to'); throw new TypeError('no ' + env.TOKEN)";

/// No function is switched off, even if it fails often.
const NEVER_OFF: &str = "[failures]\ncount = 0\n";

fn rows(client: &Client, rest: &str) -> Vec<Value> {
    let reply = client.send(Method::GET, &client.functions(rest), "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["data"].as_array().unwrap().clone()
}

/// Waits until this many attempts have been written, and returns them.
fn written(client: &Client, rest: &str, count: usize) -> Vec<Value> {
    eventually("the attempts are written", || {
        let rows = rows(client, rest);
        (rows.len() >= count).then_some(rows)
    })
}

fn gregorian(unix: i64) -> i64 {
    unix + 62_167_219_200
}

#[test]
fn a_failure_is_kept_with_all_that_its_author_needs() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), format!("{}=", "A".repeat(43))).unwrap();
    let config = format!("[secrets]\nkey_file = {:?}", key.path());
    let server = Server::start_with(&config);
    let client = &server.client;
    let body = json!({"data": {
        "name": "test", "function_js": FAILS, "env": {"TOKEN": {"secret": true, "value": "s3cret"}},
    }});
    let created = client.send(Method::PUT, &client.functions(""), &body.to_string());
    let id = created.body["data"]["id"].as_str().unwrap();
    let run = client.functions(&format!("/{id}/run"));
    let headers = [
        ("x-auth-token", client.token.as_str()),
        ("x-request-id", "my-call"),
    ];
    let call = json!({"data": {"To": "100"}}).to_string();
    let failed = client.send_with(Method::POST, &run, &call, &headers).body;
    assert_eq!(failed["data"]["outcome"], "exception");

    let rows = written(client, "/attempts", 1);
    assert_eq!(rows, self::rows(client, &format!("/{id}/attempts")));
    let mut attempt = rows[0].clone();
    let taken = |attempt: &mut Value, key: &str| attempt.as_object_mut().unwrap().remove(key);
    assert_eq!(
        taken(&mut attempt, "id").unwrap().as_str().unwrap().len(),
        32
    );
    let timestamp = taken(&mut attempt, "timestamp").unwrap().as_i64().unwrap();
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let ago = gregorian(i64::try_from(now).unwrap()) - timestamp;
    assert!((0..120).contains(&ago), "{ago}");
    let time_ms = taken(&mut attempt, "time_ms").unwrap().as_i64().unwrap();
    assert_eq!(gregorian(time_ms / 1_000), timestamp);
    let replay = taken(&mut attempt, "replay").unwrap();
    assert_eq!(replay, failed["data"]["replay"]);
    assert_eq!(
        taken(&mut attempt, "metrics").unwrap(),
        failed["data"]["metrics"]
    );
    let error = taken(&mut attempt, "error").unwrap();
    for key in ["name", "message", "line", "column", "frame"] {
        assert_eq!(error[key], failed["data"]["error"][key]);
    }
    assert_eq!(error["message"], "no [secret TOKEN]");
    assert_eq!(
        attempt,
        json!({
            "function_id": id,
            "revision": created.body["revision"],
            "result": "failure",
            "outcome": "exception",
            "logs": [{"level": "warn", "message": "about to"}],
            "input": {"To": "100"},
            "request_id": "my-call",
        })
    );
}

#[test]
fn what_goes_well_is_kept_only_if_asked_for() {
    let mut server = Server::start();
    let id = server.client.created("if (call.fail) throw 1; return {}");
    server.client.result(&id, &json!({}));
    server.client.run(&id, &json!({"fail": true}));
    let kept = written(&server.client, "/attempts", 1);
    assert_eq!(kept.len(), 1, "{kept:?}");

    server.configure("[attempts]\nsuccesses = true");
    server.client.result(&id, &json!({"n": 1}));
    let kept = written(&server.client, "/attempts", 2);
    assert_eq!(kept[0]["result"], "success");
    assert_eq!(kept[0]["outcome"], "ok");
    assert_eq!(kept[0]["input"], json!({"n": 1}));
    assert_eq!(kept[0]["flow"], json!({}));
    assert_eq!(kept[0]["valid"], false);

    // Samples are random, but with these parts the result is certain.
    server.configure("[attempts]\nsample = 0.0");
    server.client.result(&id, &json!({"n": 2}));
    server.configure("[attempts]\nsample = 1.0");
    server.client.result(&id, &json!({"n": 3}));
    let kept = written(&server.client, "/attempts", 3);
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[0]["input"], json!({"n": 3}));
}

#[test]
fn a_sample_is_a_part() {
    for sample in ["-0.1", "1.5", "nan", "\"all\""] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(&config, format!("[attempts]\nsample = {sample}")).unwrap();
        let refused = crate::server::switchhook()
            .args(["serve", "--config"])
            .arg(&config)
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(!refused.status.success());
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains("sample"), "{told}");
    }
}

#[test]
fn attempts_are_found_by_what_they_came_to_and_by_the_routers_call() {
    let server = Server::start_with(&format!("{NEVER_OFF}[attempts]\nsuccesses = true"));
    let client = &server.client;
    let source = "if (call.fail) throw 1; if (call.empty) return undefined; return {module: 'hangup', data: {}}";
    let created = client.create(source);
    let id = created.body["data"]["id"].as_str().unwrap();
    client.run(id, &json!({"n": 1}));
    client.run(id, &json!({"fail": 1}));
    client.run(id, &json!({"empty": 1}));
    let key = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let url = key.body["data"]["urls"]["pivot"].as_str().unwrap();
    let path = url.split_once(client.socket()).unwrap().1;
    let call = format!("{path}&Call-ID=abc%40host");
    assert_eq!(client.send_as_is(Method::GET, &call, "", &[]).status, 200);
    let one = client.functions(&format!("/{id}"));
    let changed = client.send(
        Method::PATCH,
        &one,
        r#"{"data":{"function_js":"return 2"}}"#,
    );
    client.run(id, &json!({"n": 2}));
    written(client, "/attempts", 5);

    let count = |query: &str| rows(client, &format!("/attempts?{query}")).len();
    for (query, expected) in [
        ("result=success", 3),
        ("result=failure", 2),
        ("outcome=exception", 1),
        ("outcome=invalid_result", 1),
        ("outcome=timeout", 0),
        ("router=pivot", 1),
        ("router=function", 0),
        ("call_id=abc%40host", 1),
        ("call_id=abc", 0),
        ("result=success&router=pivot", 1),
        ("result=failure&router=pivot", 0),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    for (reply, expected) in [(&created, 4), (&changed, 1)] {
        let revision = reply.body["revision"].as_str().unwrap();
        assert_eq!(count(&format!("revision={revision}")), expected);
    }
    let by_pivot = &rows(client, &format!("/{id}/attempts?router=pivot"))[0];
    assert_eq!(by_pivot["router"], "pivot");
    assert_eq!(by_pivot["call_id"], "abc@host");
    assert_eq!(by_pivot["valid"], true);
    assert_eq!(by_pivot["flow"]["module"], "hangup");
    for wrong in ["outcome=fine", "result=maybe", "router=asterisk"] {
        let path = client.functions(&format!("/attempts?{wrong}"));
        let refused = client.send(Method::GET, &path, "");
        let name = wrong.split_once('=').unwrap().0;
        assert_eq!(refused.status, 400);
        assert!(
            refused.body["data"][name]["enum"].is_object(),
            "{}",
            refused.body
        );
    }
}

#[test]
fn a_kept_flow_has_no_secrets() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), format!("{}=", "A".repeat(43))).unwrap();
    let config = format!(
        "[secrets]\nkey_file = {:?}\n[attempts]\nsuccesses = true",
        key.path()
    );
    let server = Server::start_with(&config);
    let client = &server.client;
    let source = "return call.number ? Number(env.PIN) : {pin: env.PIN, word: env.WORD, n: 1}";
    let body = json!({"data": {"name": "test", "function_js": source, "env": {
        "PIN": {"secret": true, "value": "471147"},
        "WORD": {"secret": true, "value": "open \"sesame\""},
    }}});
    let created = client.send(Method::PUT, &client.functions(""), &body.to_string());
    let id = created.body["data"]["id"].as_str().unwrap();
    let result = client.result(id, &json!({}));
    assert_eq!(result["word"], "open \"sesame\"");
    client.result(id, &json!({"number": true}));
    let rows = written(client, "/attempts", 2);
    let masked = json!({"pin": "[secret PIN]", "word": "[secret WORD]", "n": 1});
    assert_eq!(rows[1]["flow"], masked);
    assert_eq!(rows[0].get("flow"), None);
    assert_eq!(rows[0]["outcome"], "ok");
}

#[test]
fn a_large_flow_is_cut() {
    let server = Server::start_with("[attempts]\nsuccesses = true");
    let client = &server.client;
    let id = client.created("return {text: 'é'.repeat(5000)}");
    let result = client.result(&id, &json!({}));
    let attempt = &written(client, "/attempts", 1)[0];
    assert_eq!(attempt["flow_truncated"], true);
    let flow = attempt["flow"].as_str().unwrap();
    assert!(result.to_string().starts_with(flow));
    assert!((4_000..=4_096).contains(&flow.len()));
}

#[test]
fn large_calls_and_logs_are_cut() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("for (let i = 0; i < 20; i++) console.log('x'.repeat(500)); throw 1");
    let call = json!({"text": "é".repeat(5_000)});
    client.run(&id, &call);
    let attempt = &written(client, "/attempts", 1)[0];
    assert_eq!(attempt["input_truncated"], true);
    let input = attempt["input"].as_str().unwrap();
    assert!(call.to_string().starts_with(input));
    assert!((4_000..=4_096).contains(&input.len()));
    assert_eq!(attempt["logs_truncated"], true);
    let logged: usize = attempt["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["message"].as_str().unwrap().len())
        .sum();
    assert_eq!(logged, 4_096);
}

#[test]
fn pages_lead_from_the_newest_to_the_oldest() {
    let server = Server::start_with(NEVER_OFF);
    let client = &server.client;
    let id = client.created("throw call.n");
    for n in 0..7 {
        client.run(&id, &json!({"n": n}));
    }
    written(client, "/attempts", 7);
    let mut seen = Vec::new();
    let mut key = String::new();
    loop {
        let path = client.functions(&format!("/{id}/attempts?page_size=3{key}"));
        let page = client.send(Method::GET, &path, "").body;
        let rows = page["data"].as_array().unwrap();
        assert_eq!(page["page_size"], rows.len());
        seen.extend(rows.iter().map(|row| row["input"]["n"].as_i64().unwrap()));
        match page["next_start_key"].as_str() {
            Some(next) => key = format!("&start_key={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
    let path = client.functions("/attempts?start_key=nonsense!");
    assert_eq!(client.send(Method::GET, &path, "").status, 404);
}

#[test]
fn a_time_span_is_inclusive() {
    let mut server = Server::on_file(NEVER_OFF);
    let id = server.client.created("throw call.n");
    for n in 0..3 {
        server.client.run(&id, &json!({"n": n}));
    }
    written(&server.client, "/attempts", 3);
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let then = i64::try_from(now).unwrap() - 1_000;
    age(&mut server, |n| (then + n) * 1_000 + 500);
    let inputs = |from: i64, to: i64| -> Vec<_> {
        let (from, to) = (gregorian(then + from), gregorian(then + to));
        rows(
            &server.client,
            &format!("/attempts?created_from={from}&created_to={to}"),
        )
        .iter()
        .map(|row| row["input"]["n"].as_i64().unwrap())
        .collect()
    };
    assert_eq!(inputs(0, 2), [2, 1, 0]);
    assert_eq!(inputs(1, 1), [1]);
    assert_eq!(inputs(3, 9), [0_i64; 0]);
    let path = server.client.functions("/attempts?created_from=yesterday");
    assert_eq!(server.client.send(Method::GET, &path, "").status, 400);
}

/// Changes the time of each attempt, depending on its call's `n`, while the server is stopped.
fn age(server: &mut Server, time_ms: impl Fn(i64) -> i64) {
    server.stop();
    let database = server.database().open();
    let numbers: Vec<(i64, i64)> = database
        .prepare("SELECT number, json_extract(attempt, '$.input.n') FROM attempts")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (number, n) in numbers {
        database
            .execute(
                "UPDATE attempts SET time = ?2 WHERE number = ?1",
                [number, time_ms(n)],
            )
            .unwrap();
    }
    drop(database);
    server.start_again();
}

#[test]
fn what_is_too_old_is_deleted() {
    let mut server = Server::on_file(&format!("{NEVER_OFF}[attempts]\nkeep_days = 10"));
    let id = server.client.created("throw call.n");
    for n in 0..3 {
        server.client.run(&id, &json!({"n": n}));
    }
    written(&server.client, "/attempts", 3);
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_millis();
    let now = i64::try_from(now).unwrap();
    age(&mut server, |n| now - (n * 5 + 1) * DAY_MS);
    let kept = eventually("the oldest is deleted", || {
        let rows = rows(&server.client, "/attempts");
        (rows.len() < 3).then_some(rows)
    });
    let inputs: Vec<_> = kept.iter().map(|row| &row["input"]["n"]).collect();
    assert_eq!(inputs, [0, 1]);
}

#[test]
fn a_server_that_is_asked_to_stop_writes_what_it_has() {
    let mut server = Server::start_with(NEVER_OFF);
    let id = server.client.created("throw 1");
    for _ in 0..50 {
        server.client.run(&id, &json!({}));
    }
    server.stop();
    server.start_again();
    let rows = rows(&server.client, "/attempts?paginate=false");
    assert_eq!(rows.len(), 50);
}

#[test]
fn nothing_waits_for_attempts_to_be_written() {
    let server = Server::on_file(&format!("{NEVER_OFF}[metrics]\nlisten = \"127.0.0.1:0\""));
    let client = &server.client;
    let id = client.created("throw 1");
    client.run(&id, &json!({}));
    // Another process has locked the file, so nothing can be written meanwhile.
    let database = server.database().open();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    const CALLS: usize = 1_500;
    for _ in 0..CALLS {
        assert_eq!(client.run(&id, &json!({})).status, 422);
    }
    let dropped = || server.metric("switchhook_attempts_dropped_total");
    eventually("what finds no place is dropped", || {
        (dropped() > 0).then_some(())
    });
    database.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn attempts_are_their_accounts_own() {
    let mut server = Server::on_file("");
    let id = server.client.created("throw 1");
    server.client.run(&id, &json!({}));
    written(&server.client, "/attempts", 1);
    server.stop();
    let database = server.database().open();
    let other = "0123456789abcdef0123456789abcdef";
    database
        .execute(
            "INSERT INTO accounts (id, name, tree, api_key, created) VALUES (?1, 'other', ?2, x'00', 0)",
            [other, &json!([server.client.account]).to_string()],
        )
        .unwrap();
    drop(database);
    server.start_again();
    let other = server.client.within(other);
    assert_eq!(rows(&other, "/attempts"), [Value::Null; 0]);
    let path = other.functions(&format!("/{id}/attempts"));
    assert_eq!(other.send(Method::GET, &path, "").status, 404);
    let nobody = other.send_with(Method::GET, &server.client.functions("/attempts"), "", &[]);
    assert_eq!(nobody.status, 401);
}

#[test]
fn no_function_takes_the_name_of_a_path() {
    let server = Server::start();
    let client = &server.client;
    for id in ["attempts", "samples", "stats", "test", "types"] {
        let body = json!({"data": {"id": id, "name": "n", "function_js": "return 1"}});
        let reply = client.send(Method::PUT, &client.functions(""), &body.to_string());
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert_eq!(reply.body["data"]["id"]["disallowed"]["value"], id);
    }
}
