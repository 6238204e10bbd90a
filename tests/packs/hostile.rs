//! A pack that tries to harm the server is refused with a sentence and has no other effect.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::symlink,
    path::Path,
};

use serde_json::json;
use ureq::http::Method;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::installed::{Packs, change_manifest, with_packs};
use crate::server::Server;

/// The exports of the guest ABI, without code.
const ABI: &str = r#"(memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
    (func (export "call") (param i32 i32) (result i32) (i32.const 0))"#;

/// More files than any pack has.
const MANY: usize = 100_000;

/// Guests, each with a part of the refusal.
fn guests() -> Vec<(&'static str, String, &'static str)> {
    let with = |fields: &str| format!("(module {ABI} {fields})");
    let without = |from: &str, to: &str| with("").replace(from, to);
    vec![
        (
            "no_export",
            without(r#""call""#, r#""other""#),
            "the guest has no export `call` of the type the guest ABI asks for",
        ),
        (
            "other_type",
            without(
                r#"(export "compile") (param i32 i32)"#,
                r#"(export "compile") (param i64 i32)"#,
            ),
            "the guest has no export `compile` of the type the guest ABI asks for",
        ),
        (
            "not_wasi",
            with("").replace("(module", r#"(module (import "env" "system" (func))"#),
            "the guest imports something other than WASI preview 1",
        ),
        (
            "large",
            without("(memory (export \"memory\") 1)", "(memory (export \"memory\") 65536)"),
            "the guest is not a Wasm module that can be resumed from a snapshot",
        ),
        (
            "grows",
            with(
                "(func $start (if (i32.eq (memory.grow (i32.const 65000)) (i32.const -1)) (then unreachable)))
                 (start $start)",
            ),
            "the guest does not start",
        ),
        (
            "endless",
            with("(func $start (loop $again (br $again))) (start $start)"),
            "the guest does not start",
        ),
        (
            "fills",
            with(
                "(table $t 8 funcref)
                 (func (table.fill $t (i32.const 0) (ref.null func) (i32.const 8)))",
            ),
            "the guest is not a Wasm module that can be resumed from a snapshot",
        ),
        (
            "copies",
            with(
                "(table $t 8 funcref)
                 (func (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 8)))",
            ),
            "the guest is not a Wasm module that can be resumed from a snapshot",
        ),
        (
            "initializes",
            with(
                "(table $t 8 funcref) (func $f) (elem $e func $f)
                 (func (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)))",
            ),
            "the guest is not a Wasm module that can be resumed from a snapshot",
        ),
        (
            "does_nothing",
            with(""),
            "fails the conformance test: echo: null: it ends with internal: ",
        ),
    ]
}

fn zip(path: &Path, write: impl FnOnce(&mut ZipWriter<File>)) {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    write(&mut zip);
    zip.finish().unwrap();
}

/// Archives and folders, each with a part of the refusal.
fn write_files(packs: &Packs) -> Vec<(&'static str, &'static str)> {
    let options = SimpleFileOptions::default();
    let at = |name: &str| packs.path().join(name);
    zip(&at("outside.zip"), |zip| {
        zip.start_file("../outside/pack.toml", options).unwrap();
    });
    zip(&at("linked.zip"), |zip| {
        zip.add_symlink("pack.toml", "/etc/passwd", options)
            .unwrap();
    });
    zip(&at("bomb.zip"), |zip| {
        zip.start_file("pack.toml", options).unwrap();
        let zeros = vec![0; 1024 * 1024];
        for _ in 0..200 {
            zip.write_all(&zeros).unwrap();
        }
    });
    zip(&at("many.zip"), |zip| {
        for number in 0..MANY {
            zip.start_file(format!("{number}"), options).unwrap();
        }
    });
    let linked = packs.write("linked", "1", None);
    symlink("/etc/passwd", linked.join("samples/passwd.js")).unwrap();
    let elsewhere = packs.write("elsewhere", "1", None);
    fs::remove_dir_all(elsewhere.join("conformance")).unwrap();
    symlink("/etc", elsewhere.join("conformance")).unwrap();
    let outside = packs.write("outside", "1", None);
    change_manifest(&outside, "samples/say_hi.js", "../../../etc/passwd");
    let wrong = packs.with_guest("wrong_bytes", "(module)");
    fs::write(wrong.join("guest.wasm"), "other bytes").unwrap();
    let later = packs.write("later", "1", None);
    change_manifest(&later, "abi = 1", "abi = 2");
    let long = packs.write("long", "1", None);
    change_manifest(&long, "A test", &"A".repeat(100_000));
    let endless = packs.write("endless_loop", "1", None);
    fs::write(endless.join("conformance/state.js"), "for (;;);").unwrap();
    vec![
        (
            "outside.zip",
            "`../outside/pack.toml` leads out of the pack, or is not UTF-8",
        ),
        ("linked.zip", "`pack.toml` is neither a file nor a folder"),
        ("bomb.zip", "it has more than 2000 files or 134217728 bytes"),
        ("many.zip", "it has more than 2000 files or 134217728 bytes"),
        (
            "linked-1",
            "`samples/passwd.js` is neither a file nor a folder",
        ),
        (
            "elsewhere-1",
            "`conformance` is neither a file nor a folder",
        ),
        (
            "outside-1",
            "language pack outside@1 has no ../../../etc/passwd, which its pack.toml names, or it is not UTF-8",
        ),
        (
            "wrong_bytes-1",
            "guest.wasm of language pack wrong_bytes@1 has SHA-256 ",
        ),
        (
            "later-1",
            "language pack later@1 speaks guest ABI 2, this host speaks 1",
        ),
        (
            "long-1",
            "the language pack's pack.toml has more than 65536 bytes",
        ),
        (
            "endless_loop-1",
            "language pack endless_loop@1 fails the conformance test: state: it ends with fuel_exhausted",
        ),
    ]
}

#[test]
fn what_harms_is_refused_and_the_server_goes_on() {
    let packs = Packs::new();
    let mut server = Server::start_with(&with_packs(packs.path()));
    let id = server.client.created("return call.a");
    packs.write("good", "1", None);
    let mut expected = write_files(&packs);
    let guests = guests();
    let mut names = Vec::new();
    for (id, wat, _) in &guests {
        packs.with_guest(id, wat);
        names.push(format!("{id}-1"));
    }
    let of_guests = names.iter().zip(&guests);
    expected.extend(of_guests.map(|(name, (_, _, why))| (name.as_str(), *why)));

    let reload = "/v2/functions/packs/reload";
    let told = server.client.send(Method::POST, reload, "").body["data"].take();
    assert_eq!(told["added"], json!(["good@1"]));
    let refused = told["refused"].as_array().unwrap();
    for (name, why) in &expected {
        let mut refused = refused.iter();
        let refused = refused.find(|refused| refused["name"] == *name);
        let message = refused.unwrap_or_else(|| panic!("{name} is taken: {told}"));
        let message = message["message"].as_str().unwrap();
        assert!(message.contains(why), "{name}: {message}");
        assert_eq!(message.lines().count(), 1, "{name}: {message}");
    }
    assert_eq!(refused.len(), expected.len(), "{told}");
    assert_eq!(server.client.result(&id, &json!({"a": 1})), 1);

    // A server also starts with this folder.
    server.restart();
    assert_eq!(server.client.result(&id, &json!({"a": 2})), 2);
    for (name, _) in &expected {
        let line = format!("{name} cannot be used: ");
        assert_eq!(server.log().matches(&line).count(), 2, "{name}");
    }
}
