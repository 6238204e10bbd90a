//! The number of statements that requests cost, as PostgreSQL itself counts them.

use std::env;

use serde_json::json;
use ureq::http::Method;

use crate::{
    database::Database,
    postgres::Postgres,
    server::{Server, eventually},
};

/// The number of functions in a list, and of calls.
const CALLS: usize = 1_000;

/// Most statements of a list with [`CALLS`] functions.
const MOST_OF_A_LIST: i64 = 10;

/// Counts the statements of requests. A server's regular reads of other servers' writes are left out.
const OF_REQUESTS: &str = "FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
    WHERE datname = current_database() AND query NOT LIKE '%FROM writes%' AND query NOT LIKE '%pg_stat_statements%'";

/// A server on a PostgreSQL server that counts statements.
fn start() -> Option<(Postgres, Server)> {
    env::var("SWITCHHOOK_TEST_POSTGRES").ok()?;
    let postgres = Postgres::start("-c shared_preload_libraries=pg_stat_statements");
    let database = Database::in_postgres(&postgres.address);
    database.execute("CREATE EXTENSION pg_stat_statements");
    let settings = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let server = Server::start_on(database, tempfile::tempdir().unwrap(), settings);
    Some((postgres, server))
}

fn statements(server: &Server) -> i64 {
    let count = format!("SELECT coalesce(sum(calls), 0)::bigint {OF_REQUESTS}");
    server.database().number(&count)
}

fn counted(server: &Server, request: impl FnOnce()) -> i64 {
    let before = statements(server);
    request();
    statements(server) - before
}

#[test]
fn calls_of_functions_in_memory_ask_the_database_nothing() {
    let Some((_postgres, server)) = start() else {
        return;
    };
    let client = &server.client;
    let id = client.created("return {n: call.n}");
    // The first call may still store the function's snapshot. On a busy machine, the server may hear of other servers'
    // writes too late to trust its memory, and then asks the database.
    eventually("calls ask nothing", || {
        let made = counted(&server, || {
            for n in 0..CALLS {
                assert_eq!(client.result(&id, &json!({"n": n})), json!({"n": n}));
            }
        });
        (made == 0).then_some(())
    });
    // Statements are counted at all.
    assert!(counted(&server, || drop(client.created("return 1"))) > 0);
}

#[test]
fn a_list_takes_few_statements() {
    let Some((_postgres, server)) = start() else {
        return;
    };
    let client = &server.client;
    for _ in 0..CALLS {
        client.created("return 1");
    }
    let path = client.functions("?paginate=false");
    let made = counted(&server, || {
        let reply = client.send(Method::GET, &path, "");
        assert_eq!(reply.body["data"].as_array().unwrap().len(), CALLS);
    });
    assert!((1..=MOST_OF_A_LIST).contains(&made), "{made}");
}
