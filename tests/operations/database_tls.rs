//! TLS towards a PostgreSQL server. Its certificate must be of a trusted root and contain the server's name.

use std::{env, net::TcpListener, path::Path};

use serde_json::json;

use crate::{
    certificates::{for_localhost, root},
    database::Database,
    postgres::Postgres,
    proxy::Proxy,
    server::{Server, switchhook},
};

/// A free port.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn assert_refused(location: &str, why: &[&str]) {
    let output = switchhook()
        .args(["db", "check", location])
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for words in why {
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn a_server_is_who_its_certificate_says() {
    let Ok(shared) = env::var("SWITCHHOOK_TEST_POSTGRES") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (roots, others) = (root(folder, "roots"), root(folder, "others"));
    for_localhost(folder, "roots");
    let port = free_port();
    let at = |file: &str| folder.join(file).display().to_string();
    let _postgres = Postgres::start(&format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
        at("localhost.pem"),
        at("localhost.key")
    ));
    let server = format!("postgres://switchhook@127.0.0.1:{port}/postgres");
    let name = Database::in_postgres(&server).name();
    let address = |host: &str, roots: &Path| {
        let roots = roots.display();
        format!("postgres://switchhook@{host}/{name}?sslmode=verify-full&sslrootcert={roots}")
    };
    let localhost = format!("localhost:{port}");

    let database = Database::Postgres(address(&localhost, &roots));
    let server = Server::start_on(database, tempfile::tempdir().unwrap(), "");
    let id = server.client.created("return {n: 1}");
    assert_eq!(server.client.result(&id, &json!({})), json!({"n": 1}));
    let connections = |condition: &str| {
        server.database().number(&format!(
            "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
             WHERE application_name = 'switchhook' AND {condition}"
        ))
    };
    assert!(connections("ssl") > 0);
    assert_eq!(connections("NOT ssl"), 0);

    let by_address = address(&format!("127.0.0.1:{port}"), &roots);
    assert_refused(&by_address, &["certificate", "not valid for", "127.0.0.1"]);
    assert_refused(
        &address(&localhost, &others),
        &["certificate", "UnknownIssuer"],
    );
    // The machine trusts none of this test's roots.
    let of_machine = format!("postgres://switchhook@{localhost}/{name}?sslmode=verify-full");
    assert_refused(&of_machine, &["certificate", "UnknownIssuer"]);
    let nowhere = address(&localhost, &folder.join("nowhere.pem"));
    assert_refused(&nowhere, &["cannot read the certificates to trust"]);
    // Without TLS, nothing is sent to a server. PostgreSQL has no TLS on Unix sockets.
    let proxy = Proxy::before(&Path::new(&shared).join(".s.PGSQL.5432"));
    let in_the_clear = address(&proxy.address().to_string(), &roots);
    assert_refused(&in_the_clear, &["server does not support TLS"]);
}
