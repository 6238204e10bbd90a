use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Couchjs;
use crate::server::{Server, eventually, switchhook, workload, workload_call};

const DOUBLE: &str = "function(doc) { emit(2 * doc.n, 1) }";

/// A query server that keeps machine code below a folder, or nowhere if that is not possible.
fn caching_in(folder: &Path) -> Couchjs {
    let mut couchjs = switchhook();
    couchjs.arg("couchjs").env("XDG_CACHE_HOME", folder);
    Couchjs::started(couchjs)
}

/// Number of files with machine code.
fn kept(folder: &Path) -> usize {
    let files = fs::read_dir(folder.join("switchhook/couchjs"));
    files.map_or(0, |files| {
        let names = files.map(|file| file.unwrap().file_name());
        names
            .filter(|name| !name.to_string_lossy().starts_with("new."))
            .count()
    })
}

fn shows(id: &str) -> [Value; 2] {
    let show = json!({"shows": {"s": format!("function() {{ return '{id}'; }}")}});
    [
        json!(["ddoc", "new", id, show]),
        json!(["ddoc", id, ["shows", "s"], [null, {}]]),
    ]
}

/// Asks while the hurried code runs, and then asks the engine that takes over.
#[test]
fn a_first_start_answers_and_goes_on_with_better_code() {
    let folder = TempDir::new().unwrap();
    let mut couchjs = caching_in(folder.path());
    let [before, ask_before] = shows("before");
    let [between, ask_between] = shows("between");
    couchjs.says([
        (json!(["reset", {"reduce_limit": true}]), json!(true)),
        (before, json!(true)),
        (json!(["add_fun", DOUBLE]), json!(true)),
        (json!(["map_doc", {"n": 1}]), json!([[[2, 1]]])),
        (between, json!(true)),
    ]);
    // The engine may change at any of these questions. The new engine must know the design documents of the old one.
    eventually("better code is kept", || {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["map_doc", {}]), json!([])),
            (ask_before.clone(), json!(["resp", {"body": "before"}])),
        ]);
        (kept(folder.path()) > 0).then_some(())
    });
    for _ in 0..3 {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["map_doc", {}]), json!([])),
            (json!(["add_fun", DOUBLE]), json!(true)),
            (json!(["map_doc", {"n": 3}]), json!([[[6, 1]]])),
            (ask_before.clone(), json!(["resp", {"body": "before"}])),
            (ask_between.clone(), json!(["resp", {"body": "between"}])),
        ]);
    }
    assert_eq!(couchjs.end(), 0);
    assert_eq!(kept(folder.path()), 1);

    // The next start finds the code, and makes none.
    let mut couchjs = caching_in(folder.path());
    couchjs.says([
        (json!(["add_fun", DOUBLE]), json!(true)),
        (json!(["map_doc", {"n": 2}]), json!([[[4, 1]]])),
    ]);
    assert_eq!(couchjs.end(), 0);
    assert_eq!(kept(folder.path()), 1);
}

/// CouchDB kills a start that takes too long, even with code made in a hurry.
#[test]
fn a_start_that_is_killed_leaves_good_code_to_the_next() {
    let folder = TempDir::new().unwrap();
    let mut couchjs = caching_in(folder.path());
    couchjs.says([(json!(["reset"]), json!(true))]);
    drop(couchjs);
    eventually("good code is kept", || {
        (kept(folder.path()) == 1).then_some(())
    });
}

#[test]
fn where_nothing_can_be_kept_it_answers_all_the_same() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut couchjs = caching_in(&file);
    couchjs.says([
        (json!(["reset"]), json!(true)),
        (json!(["add_fun", DOUBLE]), json!(true)),
        (json!(["map_doc", {"n": 1}]), json!([[[2, 1]]])),
        (json!(["reset"]), json!(true)),
        (json!(["map_doc", {"n": 1}]), json!([])),
    ]);
    assert_eq!(couchjs.end(), 0);
}

/// Starts without a line, so that only machine code is made and kept.
fn warm(folder: &Path) {
    let mut couchjs = switchhook();
    couchjs.arg("couchjs").env("XDG_CACHE_HOME", folder);
    assert!(couchjs.stdin(Stdio::null()).status().unwrap().success());
}

/// All files below a folder, with their contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// When wasmtime keeps code in its folder for the first time, it removes all files there that it does not know.
#[test]
fn a_server_and_couchjs_leave_each_others_code_alone() {
    let folder = TempDir::new().unwrap();
    warm(folder.path());
    let of_couchjs = files(&folder.path().join("switchhook"));
    assert_eq!(kept(folder.path()), 1);

    let mut server = Server::start_with(&format!("sandbox.cache_dir = {:?}\n", folder.path()));
    let guests = folder.path().join("guests");
    let id = server.client.created(&workload("say_hi.js"));
    let flow = server.client.result(&id, &workload_call());
    eventually("wasmtime has cleared its folder", || {
        let is_mark = |path: &PathBuf| path.to_string_lossy().contains(".cleanup");
        files(&guests).keys().any(is_mark).then_some(())
    });
    server.stop();
    assert_eq!(files(&folder.path().join("switchhook")), of_couchjs);

    // Nor does the server touch couchjs's code.
    let of_server = files(&guests);
    fs::remove_dir_all(folder.path().join("switchhook")).unwrap();
    warm(folder.path());
    assert_eq!(files(&guests), of_server);
    assert_eq!(kept(folder.path()), 1);
    server.start_again();
    assert_eq!(server.client.result(&id, &workload_call()), flow);
}

#[test]
fn code_that_was_damaged_is_made_again() {
    let folder = TempDir::new().unwrap();
    warm(folder.path());
    let mut files = fs::read_dir(folder.path().join("switchhook/couchjs")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let mut couchjs = caching_in(folder.path());
    couchjs.says([
        (json!(["add_fun", DOUBLE]), json!(true)),
        (json!(["map_doc", {"n": 2}]), json!([[[4, 1]]])),
    ]);
    assert_eq!(couchjs.end(), 0);
    assert_eq!(fs::read(&file).unwrap().len(), whole.len());
}
