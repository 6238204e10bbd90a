//! A file that cannot be written: its disk is full, or it is read-only.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    process::Command,
};

use serde_json::json;
use ureq::http::Method;

use crate::server::{Server, eventually, switchhook_without_privileges};

/// Limits the size of any file that the server writes. The kernel refuses further bytes, as on a full disk.
fn limit_files(server: &Server, bytes: &str) {
    let set = Command::new("prlimit")
        .args(["--pid", &server.process_id().to_string()])
        // Sets the soft limit, which the kernel enforces, and not the hard one.
        .arg(format!("--fsize={bytes}:"))
        .status();
    assert!(set.expect("prlimit is installed").success());
}

fn assert_refused(server: &Server) {
    let refused = server.client.create("return 2");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["message"], "datastore_unreachable");
    assert!(refused.headers.contains_key("retry-after"));
}

/// The log is on the full disk too.
#[test]
fn a_full_disk_refuses_writes_and_no_calls() {
    let server = Server::on_file("[attempts]\nsuccesses = true\n");
    let client = &server.client;
    let id = client.created("if (call.fail) throw 1; return {n: call.n}");
    client.result(&id, &json!({"n": 0}));

    limit_files(&server, "0");
    for number in 1..=20 {
        assert_refused(&server);
        let call = json!({"n": number});
        assert_eq!(client.result(&id, &call), call);
        assert_eq!(client.run(&id, &json!({"fail": 1})).status, 422);
        let path = client.functions(&format!("/{id}"));
        assert_eq!(client.send(Method::GET, &path, "").status, 200);
    }

    limit_files(&server, "unlimited");
    eventually("there is room again", || {
        (client.create("return 2").status == 201).then_some(())
    });
    let rows = server.database().number("SELECT count(*) FROM functions");
    assert_eq!(rows, 2);
}

/// Functions are loaded and called, and the log reports the read-only file at the start.
#[test]
fn a_read_only_file_refuses_writes_and_no_calls() {
    let mut server = Server::on_file("");
    let id = server.client.created("return {n: call.n}");
    server.stop();
    let file = server.database().path();
    fs::set_permissions(file, Permissions::from_mode(0o444)).unwrap();
    server.start_again_by(switchhook_without_privileges());
    for number in 1..=3 {
        let call = json!({"n": number});
        assert_eq!(server.client.result(&id, &call), call);
        assert_refused(&server);
    }
    assert!(server.log().contains("can be read and not written"));
}
