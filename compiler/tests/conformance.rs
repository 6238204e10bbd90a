//! Every built-in pack and the example pack pass the conformance test, and the test fails packs that do not do what it
//! requires.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

use std::{collections::HashSet, fs, path::Path, sync::Arc};

use switchhook_compiler::{
    InstallError, Language, LanguagePack, Languages,
    conformance::{self, Report, Verdict},
};
use switchhook_runtime::{Engine, EngineConfig};

fn languages() -> Languages {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    Languages::built_in(&engine).unwrap()
}

async fn failures(language: &Arc<Language>) -> Vec<String> {
    let report = conformance::check(language).await.unwrap();
    report.failures().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pack_passes_with_the_same_fuel_each_time() {
    let languages = languages();
    let jq = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/jq");
    let jq = LanguagePack::read(Path::new(jq)).unwrap();
    let jq = languages.prepare(jq).unwrap().unwrap();
    for language in languages.iter().chain([&jq]) {
        let report = conformance::check(language).await.unwrap();
        let failures: Vec<_> = report.failures().map(ToString::to_string).collect();
        assert_eq!(failures, [""; 0], "{}", language.pack());

        let again = conformance::check(language).await.unwrap();
        let fuel = |report: &Report| -> Vec<_> {
            report.cases().map(|case| (case.name, case.fuel)).collect()
        };
        assert_eq!(fuel(&again), fuel(&report), "{}", language.pack());
    }
}

/// A copy of the JavaScript pack under another name, with some files replaced.
fn changed(folder: &Path, files: &[(&str, &str)]) -> LanguagePack {
    let original = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/javascript");
    let original = LanguagePack::read(Path::new(original)).unwrap();
    for (name, content) in original.files() {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let path = folder.join("pack.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    let (head, guest) = manifest.split_once("[guest]").unwrap();
    let (_, rest) = guest.split_once("\n\n").unwrap();
    let head = head.replace("id = \"javascript\"", "id = \"changed\"");
    // Runs on the same guest, which is loaded once.
    let manifest = format!("{head}[guest]\npack = \"javascript\"\n\n{rest}");
    fs::write(&path, manifest).unwrap();
    for (name, content) in files {
        let path = folder.join(name);
        match content.strip_prefix("+") {
            Some(more) => {
                let kept = fs::read_to_string(&path).unwrap();
                fs::write(path, format!("{kept}{more}")).unwrap();
            }
            None if content.is_empty() => fs::remove_file(path).unwrap(),
            None => fs::write(path, content).unwrap(),
        }
    }
    LanguagePack::read(folder).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_tested_again_only_if_it_has_changed() {
    let packs = tempfile::tempdir().unwrap();
    let folder = packs.path().join("changed");
    changed(&folder, &[]);
    let read = languages().with_folder(packs.path(), &HashSet::new()).await;
    let passed = read.unwrap().passed;
    assert_eq!(passed.len(), 1);

    let broken = changed(&folder, &[("conformance/echo.js", "return 1")]);
    let read = languages()
        .with_folder(packs.path(), &passed)
        .await
        .unwrap();
    let [refused] = read.refused.as_slice() else {
        panic!("{:?}", read.refused)
    };
    assert!(matches!(refused.error, InstallError::Conformance { .. }));

    // This also shows that a known pack is not tested again.
    let languages = languages();
    let broken = languages.prepare(broken).unwrap().unwrap();
    let known = HashSet::from([broken.test_digest()]);
    let read = languages.with_folder(packs.path(), &known).await.unwrap();
    assert_eq!(read.passed, known);
    assert!(read.languages.get("changed").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_does_otherwise_fails() {
    let languages = languages();
    let cases: [(&[(&str, &str)], &str); 20] = [
        (
            &[("conformance/echo.js", "")],
            "echo: there is no conformance/echo file",
        ),
        (
            &[("conformance/echo.js", "return call || 0")],
            "echo: null becomes 0",
        ),
        (
            &[(
                "conformance/echo.js",
                "return typeof call === 'string' ? call.replace('\\ud800', '') : call",
            )],
            r#"echo: "a\ud800b" becomes "ab""#,
        ),
        (
            &[("conformance/exception.js", "return 'boom'")],
            "exception: it returns \"boom\", instead of exception",
        ),
        (
            &[(
                "conformance/exception.js",
                "throw new Error('bo' +\n'om') // boom",
            )],
            "exception: the error is on line 2 and names 1",
        ),
        (
            &[("conformance/exception.js", "throw new Error('bang')")],
            "exception: the message is `bang`, without `boom`",
        ),
        (
            &[("conformance/syntax_error.js", "return 'broken'")],
            "syntax_error: it compiles",
        ),
        (
            &[("conformance/loop.js", "return 1")],
            "loop: it returns 1, instead of fuel_exhausted",
        ),
        (
            &[("conformance/memory.js", "for (;;);")],
            "memory: it ends with fuel_exhausted: FuelExhausted: more than 5000000000 units of fuel are needed, instead of memory_limit",
        ),
        (
            &[("conformance/recursion.js", "return 1")],
            "recursion: it returns 1, instead of stack_overflow or exception",
        ),
        (
            &[("conformance/logs.js", "console.log('one', 'two'); return 1")],
            "logs: the log is [LogRecord { level: Log, message: \"one two\" }], instead of [(Log, \"one\"), (Warn, \"two\"), (Error, \"three\")]",
        ),
        (
            &[("conformance/random.js", "return 4")],
            "random: two calls with different seeds return 4",
        ),
        (
            &[("conformance/clock.js", "return {hour: 0, unix: 0}")],
            "clock: it returns {\"hour\":0,\"unix\":0} when it is {\"unix\": 1700000000, \"hour\": 7}",
        ),
        (
            &[("conformance/state.js", "return 2")],
            "state: it returns 2, instead of 1",
        ),
        (
            &[("conformance/environment.js", "return env.OTHER || null")],
            "environment: it returns null, instead of \"hello\"",
        ),
        (
            &[("conformance/files.js", "return 'root:x:0:0'")],
            "files: it returns \"root:x:0:0\", instead of \"refused\"",
        ),
        (
            &[("conformance/large_output.js", "return 1")],
            "large_output: it returns 1, instead of output_too_large",
        ),
        (
            &[(
                "pack.toml",
                "+\n[conformance.lacks]\nrandom = \"no dice\"\n",
            )],
            "random: pack.toml says that it is not in the language, and there is a source",
        ),
        (
            &[
                ("pack.toml", "+\n[conformance.lacks]\necho = \"no\"\n"),
                ("conformance/echo.js", ""),
            ],
            "echo: every language has a notion of it",
        ),
        (
            &[("pack.toml", "+\n[conformance.lacks]\ndice = \"no\"\n")],
            "lacks: pack.toml names `dice`, which is no case",
        ),
    ];
    for (files, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let pack = changed(folder.path(), files);
        let language = languages.prepare(pack).unwrap().unwrap();
        assert_eq!(failures(&language).await, [expected]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_language_lacks_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let lacks = "+\n[conformance.lacks]\nrandom = \"it has no dice\"\n";
    let pack = changed(
        folder.path(),
        &[("pack.toml", lacks), ("conformance/random.js", "")],
    );
    let language = languages().prepare(pack).unwrap().unwrap();
    let report = conformance::check(&language).await.unwrap();
    assert_eq!(report.failures().count(), 0);
    let random = report.cases().find(|case| case.name == "random").unwrap();
    assert_eq!(
        random.verdict,
        Verdict::Lacking("it has no dice".to_owned())
    );
    assert_eq!(
        random.to_string(),
        "random: not in the language (it has no dice)"
    );
}
