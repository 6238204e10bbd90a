//! Programs that `serve` runs: the functions that they get, and that functions do not get these.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::json;
use switchhook_runtime::{Class, Failure};

use crate::{CALL_LIMITS, javascript, result};

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn serve(program: &str, input: &'static str) -> (Result<String, Failure>, String) {
    let said = Said::default();
    let guest = javascript().await;
    let ended = guest.converse(program, input.as_bytes(), said.clone(), &CALL_LIMITS);
    let ended = ended.await;
    let said = said.0.lock().expect("nobody panics").clone();
    (ended, String::from_utf8(said).expect("lines are text"))
}

#[tokio::test]
async fn a_program_reads_and_writes_lines() {
    let program = "(native) => { let n = 0; \
        for (let line; (line = native.readLine()) !== null; n++) native.writeLine(line.toUpperCase()); return n + ' lines'; }";
    let (ended, said) = serve(program, "one\nzwölf\n\nlast").await;
    assert_eq!(ended.unwrap(), "4 lines");
    assert_eq!(said, "ONE\nZWÖLF\n\nLAST\n");
}

#[tokio::test]
async fn realms_have_globals_of_their_own() {
    let program = "(native) => { globalThis.x = 1; \
        const other = native.realm('(native) => { globalThis.x = 2; return native.evaluate }', 'other'); \
        const again = native.realm('(native) => native.evaluate', 'again'); \
        const array = other('[]', ''); \
        return [x, other('x', ''), again('typeof x', ''), array instanceof Array, array instanceof other('Array', ''), \
            other.constructor === Function].join(); }";
    let (ended, _) = serve(program, "").await;
    assert_eq!(ended.unwrap(), "1,2,undefined,false,true,false");
}

#[tokio::test]
async fn errors_name_the_source() {
    let program = "(native) => { try { native.evaluate('\\n  nowhere()', 'a.b') } catch (error) { return error.stack } }";
    let (ended, _) = serve(program, "").await;
    assert!(ended.as_ref().unwrap().contains("(a.b:2:"), "{ended:?}");
}

#[tokio::test]
async fn a_program_that_fails_fails_by_name() {
    for (program, class) in [
        (
            "(native) => { throw new TypeError('no') }",
            Class::Exception,
        ),
        ("(native) => {", Class::Exception),
        ("1", Class::Exception),
        ("(native) => native.realm('nowhere', '')", Class::Exception),
        ("(native) => Symbol()", Class::InvalidResult),
        (
            "(native) => { (function f() { f() })() }",
            Class::StackOverflow,
        ),
        (
            "(native) => { const all = []; for (;;) all.push(new ArrayBuffer(1e6)) }",
            Class::MemoryLimit,
        ),
        ("(native) => { for (;;); }", Class::FuelExhausted),
    ] {
        let (ended, said) = serve(program, "").await;
        assert_eq!(ended.unwrap_err().class, class, "{program}");
        assert_eq!(said, "");
    }
}

#[tokio::test]
async fn functions_have_none_of_it() {
    let source = "return ['readLine', 'writeLine', 'endLine', 'evaluate', 'realm', 'native'].map((name) => typeof globalThis[name])";
    assert_eq!(result(source).await, json!(vec!["undefined"; 6]));
}
