//! The other servers see what one server has written.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::Stdio,
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use ureq::http::Method;

use super::Cluster;
use crate::{
    client::Client,
    couchdb::{CouchDb, PASSWORD, USER},
    crossbar::logins::md5,
    database::Database,
    routers::{address, post},
    server::{eventually, switchhook},
};

/// How long a server uses its memory without asking the database: see docs/cluster.md.
const STALENESS: Duration = Duration::from_secs(1);

fn clients(cluster: &Cluster) -> [&Client; 3] {
    let [a, b, c] = &cluster.servers[..] else {
        panic!("three servers");
    };
    [&a.client, &b.client, &c.client]
}

fn until_result(client: &Client, id: &str, result: i32) {
    eventually("the change is seen", || {
        (client.result(id, &json!({})) == result).then_some(())
    });
}

fn patch(client: &Client, path: &str, data: &Value) {
    let reply = client.send(Method::PATCH, path, &json!({ "data": data }).to_string());
    assert_eq!(reply.status, 200, "{}", reply.body);
}

/// Waits until a reply has this status, because the server has seen a write of another one.
fn until_status(client: &Client, path: &str, status: u16) {
    eventually(&format!("{path} is answered with {status}"), || {
        (client.send(Method::GET, path, "").status == status).then_some(())
    });
}

#[test]
fn what_one_server_writes_the_others_see() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let [a, b, c] = clients(&cluster);
    let id = a.created("return 1");
    for client in [a, b, c] {
        assert_eq!(client.result(&id, &json!({})), 1);
    }

    a.update(&id, "return 2");
    assert_eq!(a.result(&id, &json!({})), 2);
    for client in [b, c] {
        until_result(client, &id, 2);
    }

    // The old key opens nothing any more.
    let old = address(a, &id, "jambonz");
    let opens = |client: &Client, address: &str| {
        post(client, address, "application/json", "{}").status != 403
    };
    for client in [a, b, c] {
        assert!(opens(client, &old));
    }
    let renewed = a.send(Method::PUT, &a.functions(&format!("/{id}/key")), "");
    assert_eq!(renewed.status, 201, "{}", renewed.body);
    let new = address(a, &id, "jambonz");
    for client in [b, c] {
        eventually("the new key is known", || {
            (!opens(client, &old)).then_some(())
        });
        assert!(opens(client, &new));
    }

    let path = a.functions(&format!("/{id}"));
    assert_eq!(a.send(Method::DELETE, &path, "").status, 200);
    for client in [b, c] {
        eventually("the function is gone", || {
            (client.run(&id, &json!({})).status == 404).then_some(())
        });
    }
}

#[test]
fn who_may_no_longer_act_is_refused_by_all() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let [a, b, c] = clients(&cluster);
    let company = a.sub_account("Company");
    let at = |client: &Client| client.within(&company.account).with_token(&company.token);
    let path = company.functions("");
    for client in [a, b, c] {
        assert_eq!(at(client).send(Method::GET, &path, "").status, 200);
    }

    // A user, and the user's password and token.
    let user = json!({"data": {
        "first_name": "Bob", "last_name": "B", "username": "bobby", "password": "secret99", "priv_level": "admin",
    }});
    let made = a.send(Method::PUT, &company.path("/users"), &user.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    let user_id = made.body["data"]["id"].as_str().unwrap().to_owned();
    let login = json!({"data": {
        "credentials": md5("bobby:secret99"), "account_name": "Company",
    }});
    let login = b.send_with(Method::PUT, "/v2/user_auth", &login.to_string(), &[]);
    assert_eq!(login.status, 201, "{}", login.body);
    let bob = login.body["auth_token"].as_str().unwrap().to_owned();
    for client in [a, b, c] {
        assert_eq!(
            at(client)
                .with_token(&bob)
                .send(Method::GET, &path, "")
                .status,
            200
        );
    }
    patch(
        a,
        &company.path(&format!("/users/{user_id}")),
        &json!({"enabled": false}),
    );
    for client in [a, b, c] {
        until_status(&at(client).with_token(&bob), &path, 401);
    }

    // A revoked token.
    let revoked = at(a).send(Method::DELETE, "/v2/token_auth", "");
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    for client in [a, b, c] {
        until_status(&at(client), &path, 401);
    }
}

#[test]
fn an_account_that_is_switched_off_is_off_everywhere() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let [a, b, c] = clients(&cluster);
    let company = a.sub_account("Company");
    let at = |client: &Client| client.within(&company.account).with_token(&company.token);
    let path = company.functions("");
    for client in [b, c] {
        assert_eq!(at(client).send(Method::GET, &path, "").status, 200);
    }
    patch(a, &company.path(""), &json!({"enabled": false}));
    for client in [b, c] {
        until_status(&at(client), &path, 401);
    }
}

/// A server that was stopped has missed the writes of others, and notices that.
#[test]
fn a_server_that_stood_still_asks_before_it_answers() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let [a, b, _] = clients(&cluster);
    let id = a.created("return 0");
    for number in 1..=3 {
        assert_eq!(b.result(&id, &json!({})), number - 1);
        cluster.servers[1].signal("STOP");
        a.update(&id, &format!("return {number}"));
        thread::sleep(STALENESS * 2);
        cluster.servers[1].signal("CONT");
        assert_eq!(b.result(&id, &json!({})), number);
    }
}

/// Notifications get lost with the connection that carries them.
#[test]
fn a_server_whose_connection_is_cut_misses_nothing() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let [a, b, c] = clients(&cluster);
    let id = a.created("return 0");
    for number in 1..=5 {
        for client in [b, c] {
            client.result(&id, &json!({}));
        }
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name = 'switchhook server' AND datname = current_database()";
        cluster.servers[0].database().number(cut);
        a.update(&id, &format!("return {number}"));
        for client in [b, c] {
            until_result(client, &id, number);
        }
    }
}

#[test]
fn a_session_of_couchdb_is_one_at_every_server_and_a_feed_wakes() {
    if std::env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let couchdb = CouchDb::start();
    let another = couchdb.server.another();
    let other = another.client.at(another.couchdb.as_deref().unwrap());
    let login = couchdb.send_with(
        Method::POST,
        "/_session",
        &json!({"name": USER, "password": PASSWORD}).to_string(),
        &[("content-type", "application/json")],
    );
    let cookie = login.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let found = other.send_as_is(Method::GET, "/functions", "", &[("cookie", cookie)]);
    assert_eq!(found.status, 200, "{}", found.body);
    let since = found.body["update_seq"].as_str().unwrap().to_owned();

    // A feed at one server reports the other server's writes.
    let address = other.socket().to_owned();
    let mut feed = TcpStream::connect(&address).unwrap();
    write!(
        feed,
        "GET /functions/_changes?feed=continuous&heartbeat=1000&since={since} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(feed).lines().map(Result::unwrap);
    for number in 0..3 {
        let id = format!("d{number}");
        assert_eq!(
            couchdb.put(&format!("/functions/{id}"), &json!({})).status,
            201
        );
        let expected = format!("\"id\":\"{id}\"");
        let found = lines.find(|line| line.contains(&expected)).unwrap();
        assert!(found.contains("\"seq\":\""), "{found}");
    }
}

/// Numbers of one history mean nothing in another.
#[test]
fn a_client_with_the_number_of_another_history_gets_everything() {
    let couchdb = CouchDb::start();
    couchdb.put("/functions/a", &json!({}));
    couchdb.put("/functions/b", &json!({}));
    let changes = |since: &str| {
        let found = couchdb.get(&format!("/functions/_changes?since={since}"));
        let rows = found.body["results"].as_array().unwrap().clone();
        let ids: Vec<_> = rows
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect();
        (ids, found.body["last_seq"].as_str().unwrap().to_owned())
    };
    let (all, last) = changes("0");
    assert_eq!(all, ["a", "b"]);
    assert!(changes(&last).0.is_empty());
    // The same number after a failover.
    assert_eq!(changes(&format!("{last}-2")).0, all);
}

#[test]
fn servers_that_start_at_once_come_up() {
    let Ok(server) = std::env::var("SWITCHHOOK_TEST_DATABASE") else {
        return;
    };
    let database = Database::in_postgres(&server);
    let mut started: Vec<_> = (0..3)
        .map(|_| {
            switchhook()
                .args(["serve", "--dev", "--listen", "127.0.0.1:0"])
                .args(["--database", &database.location()])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in &mut started {
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("listening on")));
        // The last line of `--dev`, so the master account exists.
        assert!(lines.any(|line| line.starts_with("curl ")));
    }
    assert_eq!(database.number("SELECT count(*) FROM accounts"), 1);
    for mut process in started {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}
