//! `docs/deploying.md`: its commands for backups, and its systemd unit; and the unit of `docs/zones.md`.

use std::{fs, path::Path, process::Command};

use serde_json::json;
use ureq::http::Method;

use super::{
    page::{Block, blocks},
    read,
    shell::{Shell, has},
};
use crate::server::{SWITCHHOOK, Server};

fn of_kind(page: &str, kind: &str) -> Vec<Block> {
    let found = blocks(page).into_iter().filter(|block| block.kind == kind);
    let found: Vec<_> = found.collect();
    assert!(!found.is_empty(), "the page has {kind}");
    found
}

/// What was there at the commands of kind `backup` is there again after those of kind `restore`, and nothing since.
fn assert_restored(mut server: Server, page: &str, folder: &Path, backup: &str, restore: &str) {
    let mut shell = Shell::in_folder(folder);
    let kept = server.client.created("return 1");
    for block in of_kind(page, backup) {
        shell.run(&block);
    }
    let lost = server.client.created("return 2");
    // A file may be left by a server that was killed. In PostgreSQL, a dropped server's connections would hold it.
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

#[test]
fn systemd_takes_the_units() {
    if !has(&["systemd-analyze"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let verified = |name: &str, unit: String| {
        let file = folder.path().join(name);
        fs::write(&file, unit).unwrap();
        let verify = Command::new("systemd-analyze")
            .args(["verify", "--man=no", "--recursive-errors=no"])
            .arg(&file)
            .output()
            .unwrap();
        let stderr = String::from_utf8(verify.stderr).unwrap();
        (verify.status.success(), stderr)
    };
    // The program and its user are not installed where tests run.
    assert!(Path::new(SWITCHHOOK).is_absolute());
    for (page, name) in [
        ("docs/deploying.md", "switchhook.service"),
        ("docs/zones.md", "switchhook-zone@north.service"),
    ] {
        let unit = &of_kind(&read(page), "ini")[0].text;
        let unit = unit.replace("/usr/local/bin/switchhook", SWITCHHOOK);
        let (taken, stderr) = verified(name, unit.clone());
        assert!(taken && stderr.is_empty(), "{stderr}");
        let (_, stderr) = verified(name, unit.replace("ProtectHome", "ProtectHoem"));
        assert!(stderr.contains("ProtectHoem"), "{stderr}");
    }
}
