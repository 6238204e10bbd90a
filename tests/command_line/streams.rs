//! The command line's streams and exit codes.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{SWITCHHOOK, switchhook};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code, stdout and stderr, without the path of the test's folder.
fn said(folder: &Folder, command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.current_dir(folder.path()).output().unwrap();
    (status.code().unwrap(), text(&stdout), text(&stderr))
}

#[test]
fn a_flow_goes_to_stdout_and_logs_to_stderr() {
    let folder = Folder::new();
    folder.file(
        "f.js",
        "console.warn('careful \\u001b[31m'); return {to: call.To}",
    );
    folder.file("call.json", r#"{"To":"you"}"#);
    assert_eq!(
        said(
            &folder,
            switchhook().args(["run", "f.js", "--call", "call.json"])
        ),
        (
            0,
            "{\"to\":\"you\"}\n".into(),
            "[warn] careful \\u{1b}[31m\n".into()
        )
    );
}

#[test]
fn a_call_can_come_from_stdin() {
    let folder = Folder::new();
    let file = folder.file("f.js", "return call.To");
    let mut process = switchhook()
        .arg("run")
        .arg(file)
        .args(["--call", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(br#"{"To":"you"}"#)
        .unwrap();
    assert_eq!(
        text(&process.wait_with_output().unwrap().stdout),
        "\"you\"\n"
    );
}

#[test]
fn a_failure_exits_1_and_says_where() {
    let folder = Folder::new();
    folder.file(
        "f.js",
        "function inner() {\n  throw new TypeError('no');\n}\ninner();",
    );
    insta::assert_debug_snapshot!(said(&folder, switchhook().args(["run", "f.js"])));
    folder.file("broken.js", "return 1;\nreturn ];");
    insta::assert_debug_snapshot!(said(&folder, switchhook().args(["run", "broken.js"])));
    insta::assert_debug_snapshot!(said(
        &folder,
        switchhook().args(["build", "broken.js", "-o", "x.wasm"])
    ));
    assert!(!folder.path().join("x.wasm").exists());
}

#[test]
fn json_holds_the_whole_outcome() {
    let folder = Folder::new();
    folder.file("f.js", "console.log('x'); throw new RangeError('no')");
    let (code, stdout, stderr) = said(&folder, switchhook().args(["run", "f.js", "--json"]));
    let mut outcome: Value = serde_json::from_str(&stdout).unwrap();
    assert!(
        outcome["metrics"]["fuel"].is_u64()
            && outcome["metrics"]["memory_bytes"].is_u64()
            && outcome["metrics"]["duration_us"].is_u64()
    );
    outcome["metrics"] = json!("[metrics]");
    for once in ["guest", "clock_ns", "seed"] {
        outcome["replay"][once] = json!(format!("[{once}]"));
    }
    assert_eq!((code, stderr.as_str()), (1, ""));
    insta::assert_json_snapshot!(outcome);
}

#[test]
fn bad_arguments_are_named() {
    let folder = Folder::new();
    folder.file("f.js", "return 1");
    folder.file("f.txt", "return 1");
    folder.file("call.json", "{");
    insta::assert_debug_snapshot!([
        said(&folder, switchhook().args(["run", "missing.js"])),
        said(&folder, switchhook().args(["run", "f.txt"])),
        said(
            &folder,
            switchhook().args(["run", "f.js", "--language-pack", "cobol"])
        ),
        said(
            &folder,
            switchhook().args(["run", "f.js", "--call", "call.json"])
        ),
        said(
            &folder,
            switchhook().args(["serve", "--config", "missing.toml"])
        ),
    ]);
    let (code, stdout, _) = said(
        &folder,
        switchhook().args(["run", "f.txt", "--language-pack", "javascript"]),
    );
    assert_eq!((code, stdout.as_str()), (0, "1\n"));
}

#[test]
fn a_database_is_bootstrapped_once() {
    let folder = Folder::new();
    let (code, stdout, _) = said(
        &folder,
        switchhook().args(["bootstrap", "--database", "s.db"]),
    );
    let credentials: Value = serde_json::from_str(&stdout).unwrap();
    let lengths =
        ["account_id", "api_key", "auth_token"].map(|key| credentials[key].as_str().unwrap().len());
    assert_eq!((code, lengths), (0, [32, 64, 64]));
    insta::assert_debug_snapshot!(said(
        &folder,
        switchhook().args(["bootstrap", "--database", "s.db"])
    ));
}

#[test]
fn a_files_name_tells_its_language() {
    let folder = Folder::new();
    for (name, source) in [
        ("f.js", "return 1"),
        ("f.mjs", "export default () => 1"),
        ("f.cjs", "return 1"),
    ] {
        folder.file(name, source);
        assert_eq!(
            said(&folder, switchhook().args(["run", name])),
            (0, "1\n".to_owned(), String::new()),
            "{name}"
        );
    }
}

#[test]
fn a_home_that_cannot_be_written_to_is_no_obstacle() {
    let folder = Folder::new();
    let not_a_folder = folder.file("f.js", "return 1");
    let mut command = switchhook();
    command
        .env_remove("XDG_CACHE_HOME")
        .env("HOME", not_a_folder)
        .args(["run", "f.js"]);
    let (code, stdout, _) = said(&folder, &mut command);
    assert_eq!((code, stdout.as_str()), (0, "1\n"));
}

#[test]
fn packs_are_listed() {
    let (code, stdout, _) = said(&Folder::new(), switchhook().arg("packs"));
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with("javascript@1\tJavaScript (QuickJS)\t.js .mjs .cjs\tguest "),
        "{stdout}"
    );
    let javascript = stdout.lines().next().unwrap_or_default();
    assert!(
        javascript.ends_with("\tIANA time zones 2026f, Unicode CLDR 48.1"),
        "{stdout}"
    );
}

#[test]
fn types_are_printed_as_they_are_served() {
    let (code, stdout, _) = said(&Folder::new(), switchhook().arg("types"));
    let server = crate::server::Server::start();
    let (_, served) = server.client.text("/v2/functions/types", &[]);
    assert_eq!((code, stdout), (0, served));
}

/// The extension of a file names the language. Errors name the lines of the file.
#[test]
fn typescript_runs_and_fails_in_its_own_lines() {
    let folder = Folder::new();
    folder.file(
        "f.ts",
        "interface A { to: string }\n\nexport default (call: A) => (call as any).to.length;",
    );
    folder.file("call.json", r#"{"to":"you"}"#);
    let run = || {
        said(
            &folder,
            switchhook().args(["run", "f.ts", "--call", "call.json"]),
        )
    };
    assert_eq!(run(), (0, "3\n".to_owned(), String::new()));
    folder.file("call.json", "{}");
    let (code, _, stderr) = run();
    assert_eq!(code, 1);
    assert!(stderr.contains("function.ts:3:46"), "{stderr}");
    folder.file("f.ts", "type A = 1;\nreturn 1 as;");
    let (code, _, stderr) = run();
    assert_eq!(code, 1);
    assert!(stderr.contains("2 | return 1 as;"), "{stderr}");
}

/// Tests ESC, and the C1 control that means the same to some terminals.
#[test]
fn nothing_a_function_says_reaches_the_terminal_as_a_control() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.js");
    for source in [
        r"console.log('\x1b[31m \x9b1m \r \x07'); return '\x1b]0;title\x07 \x9b1m \x7f'",
        r"throw new Error('\x1b[31m \x9b1m')",
        r"var e = new Error('x'); e.name = '\x1b[31m'; e.stack = 'at \x1b[31m\n \x9b'; throw e",
        "return '\u{1b}[31m' + nowhere",
    ] {
        std::fs::write(&file, source).unwrap();
        for arguments in [&[][..], &["--json"]] {
            let output = switchhook()
                .arg("run")
                .arg(&file)
                .args(arguments)
                .output()
                .unwrap();
            for text in [output.stdout, output.stderr] {
                let text = String::from_utf8(text).unwrap();
                let control = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
                assert!(!text.contains(control), "{source}: {text:?}");
            }
        }
    }
}

/// Names of files and texts of records come from strangers.
#[test]
fn nothing_that_is_named_reaches_the_terminal_as_a_control() {
    // Sets a title, changes colours by C0 and by C1, and reverses text.
    let name = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{8}";
    let folder = Folder::new();
    let source = format!("{name}.js");
    folder.file(&source, "return ];");
    folder.file("f.js", "return 1");
    folder.file(&format!("{name}.json"), "{");
    let record = json!({
        "outcome": name, "result": name, "metrics": {"fuel": name},
        "replay": {
            "guest": name, "clock_ns": 0, "seed": "00".repeat(32),
            "capture": {
                "language_pack": name, "source": "return 1", "call": {}, "env": {name: null},
                "limits": {
                    "fuel": 1, "wall_clock_ms": 1, "memory_bytes": 1, "input_bytes": 1, "input_depth": 1,
                    "output_bytes": 1, "log_bytes": 1,
                },
            },
        },
    });
    folder.file("secret.json", &record.to_string());
    let mut of_a_guest = record.clone();
    of_a_guest["replay"]["capture"]["env"] = json!({});
    folder.file("pack.json", &of_a_guest.to_string());
    of_a_guest["replay"]["capture"]["language_pack"] = json!("javascript");
    folder.file("guest.json", &of_a_guest.to_string());
    let path = folder.path().join(name);
    let path = path.to_str().unwrap();
    for arguments in [
        &["run", &source][..],
        &["run", name],
        &["run", "f.js", "--call", &format!("{name}.json")],
        &["run", "f.js", "--language-pack", name],
        &["run", "f.js", "--env", name],
        &["run", "f.js", "--timezone", name],
        &["run", "f.js", &format!("--{name}")],
        &["run", "f.js", "--language-packs", path],
        &[name],
        &["build", &source, "-o", "x.wasm"],
        &["build", "f.js", "-o", &format!("f.js/{name}")],
        &["replay", &format!("{name}.json")],
        &["replay", "secret.json"],
        &["replay", "pack.json"],
        &["replay", "guest.json"],
        &["packs", "test", name],
        &["packs", "add", path, "--language-packs", path],
        &["packs", "export", name, "-o", "x.tar.zst"],
        &["packs", "export", "lua", "-o", name],
        &["packs", "changes", "--database", name],
        &["serve", "--config", name],
        &["bootstrap", "--database", &format!("f.js/{name}")],
    ] {
        let (code, stdout, stderr) = said(&folder, switchhook().args(arguments));
        assert_ne!(code, 0, "{arguments:?} {stdout}");
        assert!(!stderr.is_empty(), "{arguments:?}");
        for text in [stdout, stderr] {
            let steers = |char: char| {
                char.is_control() && !matches!(char, '\n' | '\t')
                    || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(steers), "{arguments:?}: {text:?}");
        }
    }
}

/// `script` gives a program a terminal, where a slow start is explained. Elsewhere it is not.
#[test]
fn a_terminal_is_told_why_the_first_run_takes_longer() {
    let folder = Folder::new();
    folder.file("f.js", "return {to: 'you'}");
    let first_run = |command: &mut Command, cache: &str| {
        command.env("XDG_CACHE_HOME", folder.path().join(cache));
        let (code, stdout, stderr) = said(&folder, command);
        assert_eq!(code, 0, "{stdout}{stderr}");
        stdout + &stderr
    };
    let run = format!("{SWITCHHOOK} run f.js");
    let watched = first_run(
        Command::new("script").args(["-qec", &run, "typescript"]),
        "a",
    );
    let said = "making JavaScript (QuickJS) ready: the first time takes some seconds …\r\n";
    assert!(watched.contains(said), "{watched:?}");
    let unwatched = first_run(Command::new(SWITCHHOOK).args(["run", "f.js"]), "b");
    assert_eq!(unwatched, "{\"to\":\"you\"}\n");
}
