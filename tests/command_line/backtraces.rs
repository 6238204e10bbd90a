//! What is left of the program's debug information is what a backtrace needs.

use std::{fs, process::Command};

use crate::server::switchhook;

/// A C library in front of the system's, with which no thread can be started. The engine's cache panics then.
const NO_THREADS: &str = "int pthread_create(void) { return 11; /* EAGAIN */ }";

#[test]
fn a_backtrace_names_functions_files_and_lines() {
    let folder = tempfile::tempdir().unwrap();
    let [source, library, function, cache] =
        ["no_threads.c", "no_threads.so", "hangup.js", "cache"].map(|it| folder.path().join(it));
    fs::write(&source, NO_THREADS).unwrap();
    fs::write(&function, "return {module: 'hangup'}").unwrap();
    // `-w`: the compiler knows another type of the function.
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-o"]);
    let compiled = compiler.arg(&library).arg(&source).status().unwrap();
    assert!(compiled.success());

    let run = switchhook()
        .arg("run")
        .arg(&function)
        .env("LD_PRELOAD", &library)
        .env("RUST_BACKTRACE", "1")
        .env("XDG_CACHE_HOME", &cache)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&run.stderr);
    let lines: Vec<_> = errors.lines().map(str::trim).collect();
    // A number and a function, and in the next line its place: `at …/run.rs:77:37`.
    let names = |function: &str, file: &str| {
        lines.windows(2).any(|pair| {
            let place = pair[1].split_once(file).map(|(_, line)| line);
            pair[0].ends_with(function)
                && place.is_some_and(|line| line.starts_with(|it: char| it.is_ascii_digit()))
        })
    };
    assert!(names(": new", "/src/engine.rs:"), "{errors}");
    assert!(names(": languages", "/src/command/source.rs:"), "{errors}");
}
