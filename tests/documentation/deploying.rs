//! `docs/deploying.md`: its commands for backups.

use std::path::Path;

use serde_json::json;
use ureq::http::Method;

use super::{
    page::{Block, blocks},
    read,
    shell::{Shell, has},
};
use crate::server::Server;

fn of_kind(page: &str, kind: &str) -> Vec<Block> {
    let found = blocks(page).into_iter().filter(|block| block.kind == kind);
    let found: Vec<_> = found.collect();
    assert!(!found.is_empty(), "the page has {kind}");
    found
}

/// After the commands of kind `restore`, the database is as it was at the commands of kind `backup`.
fn assert_restored(mut server: Server, page: &str, folder: &Path, backup: &str, restore: &str) {
    let mut shell = Shell::in_folder(folder);
    let kept = server.client.created("return 1");
    for block in of_kind(page, backup) {
        shell.run(&block);
    }
    let lost = server.client.created("return 2");
    // Stops a server on PostgreSQL first, because connections of a killed server would still use the database. A file
    // can be restored after a kill.
    if server.database().files().is_empty() {
        server.stop();
    } else {
        server.kill();
    }
    for block in of_kind(page, restore) {
        shell.run(&block);
    }
    server.start_again();
    let client = &server.client;
    assert_eq!(client.run(&kept, &json!({})).body["data"]["result"], 1);
    let lost = client.functions(&format!("/{lost}"));
    assert_eq!(client.send(Method::GET, &lost, "").status, 404);
}

#[test]
fn a_backup_is_what_the_database_was() {
    if !has(&["bash", "sqlite3"]) {
        return;
    }
    let server = Server::on_file("");
    let backups = tempfile::tempdir().unwrap();
    let folder = server.database().path().parent().unwrap().to_owned();
    let page = read("docs/deploying.md")
        .replace("/var/lib/switchhook", folder.to_str().unwrap())
        .replace("/var/backups/switchhook", backups.path().to_str().unwrap());
    assert_restored(server, &page, &folder, "console", "console restore");
}

#[test]
fn a_dump_is_what_the_database_was() {
    let server = Server::start();
    let address = server.database().location();
    if !address.starts_with("postgres://") || !has(&["bash", "pg_dump"]) {
        return;
    }
    let backups = tempfile::tempdir().unwrap();
    let page = read("docs/deploying.md")
        .replace("postgres://switchhook@db.example/switchhook", &address)
        .replace("/var/backups/switchhook", backups.path().to_str().unwrap());
    let kinds = ("console postgres", "console postgres restore");
    assert_restored(server, &page, backups.path(), kinds.0, kinds.1);
}
