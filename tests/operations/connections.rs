//! Idle connections of strangers that take places. The tests' own clients come from another address.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::json;
use tokio::net::TcpSocket;
use ureq::http::Method;

use crate::{
    client::Client,
    server::{Server, eventually},
};

/// The address of strangers.
const ELSEWHERE: &str = "127.0.0.2:0";

/// Longer than any wait of the server, so a missing answer is a failure.
const MAX_WAIT: Duration = Duration::from_secs(120);

/// A connection from the strangers' address.
fn connect(server: &Server) -> TcpStream {
    let address = server.client.url("");
    let address = address.strip_prefix("http://").unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(ELSEWHERE.parse().unwrap()).unwrap();
        socket.connect(address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(MAX_WAIT)).unwrap();
    stream
}

/// Whether the server has closed a connection after its reply.
fn is_closed(mut stream: &TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// Sends a request over a connection, and reads the beginning of the reply.
fn ask(mut stream: &TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = vec![0; 4_096];
    let bytes = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..bytes]).into_owned()
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

fn runs(client: &Client, id: &str) {
    let client = client.with_own_connection();
    assert_eq!(client.result(id, &json!({})), 1);
}

#[test]
fn strangers_leave_places_to_whoever_is_known() {
    let server = Server::start_with("[http]\nconnections = 16");
    let id = server.client.created("return 1");
    let kept: Vec<_> = (0..4).map(|_| connect(&server)).collect();
    for stream in &kept {
        assert!(ask(stream, HEALTH).starts_with("HTTP/1.1 200"));
    }
    // One address may have a quarter of the places.
    assert!(is_closed(&connect(&server)));
    for _ in 0..4 {
        runs(&server.client, &id);
    }
    // A client with a token is not a stranger.
    let path = server.client.functions("");
    let token = &server.client.token;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n\r\n");
    assert!(ask(&kept[0], &request).starts_with("HTTP/1.1 200"));
    let further = connect(&server);
    assert!(ask(&further, HEALTH).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_further_head_must_come_as_soon_as_the_first() {
    let server = Server::start();
    let mut stream = connect(&server);
    assert!(ask(&stream, HEALTH).starts_with("HTTP/1.1 200"));
    // Nothing follows. The server waits as long as it waits for a first head.
    stream.write_all(b"G").unwrap();
    assert!(is_closed(&stream));
}

#[test]
fn bodies_that_do_not_end_leave_memory_to_whoever_is_known() {
    let server =
        Server::start_with("[http]\nbody_bytes = 32000000\n[metrics]\nlisten = \"127.0.0.1:0\"");
    let id = server.client.created("return 1");
    let part = "x".repeat(7_000_000);
    let head = |length: usize| {
        format!(
            "PUT /v2/api_auth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let mut first = connect(&server);
    first.write_all(head(part.len() + 1).as_bytes()).unwrap();
    first.write_all(part.as_bytes()).unwrap();
    eventually("the body is there but for its end", || {
        (server.metric("switchhook_body_bytes") == part.len() as u64).then_some(())
    });
    // One address may have a quarter, so the second such body is not read completely.
    let mut second = connect(&server);
    second.write_all(head(part.len() + 1).as_bytes()).unwrap();
    // The server stops reading when it has replied.
    let _ = second.write_all(part.as_bytes());
    let mut answer = [0; 12];
    second.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 503");
    let large = format!("/* {} */ return 2", "x".repeat(900_000));
    assert_eq!(server.client.create(&large).status, 201);
    runs(&server.client, &id);
}

#[test]
fn replies_that_nobody_reads_are_bounded_for_each_account() {
    let server =
        Server::start_with("[http]\nreply_bytes = 134217728\n[metrics]\nlisten = \"127.0.0.1:0\"");
    let client = &server.client;
    let other = client.sub_account("other");
    let source = format!("/* {} */ return 1", "x".repeat(1_000_000));
    for _ in 0..24 {
        client.created(&source);
    }
    let id = other.created("return 1");
    let path = client.functions("?paginate=false");
    let token = &client.token;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n\r\n");
    // The account has a quarter, and one reply of 24 MB nearly takes it.
    let unread = connect(&server);
    assert!(ask(&unread, &request).starts_with("HTTP/1.1 200"));
    for _ in 0..4 {
        let answer = ask(&connect(&server), &request);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("no memory is free"), "{answer}");
    }
    assert_eq!(server.metric("switchhook_replies_refused_total"), 4);
    // Replies of other accounts are not affected, and neither are small ones.
    runs(&other, &id);
    let large = other.created(&source);
    assert_eq!(
        other.send(Method::GET, &other.functions(""), "").status,
        200
    );
    runs(&other, &large);
    drop(unread);
    eventually("the memory is free again", || {
        (server.metric("switchhook_reply_bytes") == 0).then_some(())
    });
}
