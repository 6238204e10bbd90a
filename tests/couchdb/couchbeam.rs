//! Requests of KAZOO's CouchDB client (`recordings/couchbeam.http`).

use super::{CouchDb, recordings::played};

const COUCHBEAM: &str = include_str!("recordings/couchbeam.http");

#[test]
fn couchbeam_is_answered() {
    let couchdb = CouchDb::start();
    insta::assert_snapshot!("couchbeam", played(&couchdb, COUCHBEAM));
}
