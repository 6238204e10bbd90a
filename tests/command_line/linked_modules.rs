//! A linked module runs in any engine with WASI preview 1.

use serde_json::Value;
use wasmtime::{Engine, Linker, Module, Store};
use wasmtime_wasi::{
    I32Exit, WasiCtxBuilder,
    p1::{self, WasiP1Ctx},
    p2::pipe::{MemoryInputPipe, MemoryOutputPipe},
};

use crate::server::{Server, WORKLOADS, switchhook, workload, workload_call};

/// Exit code, stdout and stderr of a WASI command.
struct Ran {
    exit: i32,
    stdout: String,
    stderr: String,
}

fn run(wasm: &[u8], stdin: String) -> Ran {
    let engine = Engine::default();
    let module = Module::new(&engine, wasm).unwrap();
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi).unwrap();
    let (stdout, stderr) = (
        MemoryOutputPipe::new(1 << 20),
        MemoryOutputPipe::new(1 << 20),
    );
    let wasi = WasiCtxBuilder::new()
        .stdin(MemoryInputPipe::new(stdin))
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .build_p1();
    let mut store = Store::new(&engine, wasi);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let start = instance
        .get_typed_func::<(), ()>(&mut store, "_start")
        .unwrap();
    let exit = match start.call(&mut store, ()) {
        Ok(()) => 0,
        Err(error) => {
            error
                .downcast_ref::<I32Exit>()
                .unwrap_or_else(|| panic!("{error:?}"))
                .0
        }
    };
    let text = |pipe: MemoryOutputPipe| String::from_utf8(pipe.contents().to_vec()).unwrap();
    Ran {
        exit,
        stdout: text(stdout),
        stderr: text(stderr),
    }
}

fn flow(wasm: &[u8]) -> Value {
    let ran = run(wasm, workload_call().to_string());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_module_answers_as_the_server_does() {
    let server = Server::start();
    for file in ["say_hi.js", "routing_table.js"] {
        let id = server.client.created(&workload(file));
        let (content_type, wasm) = server
            .client
            .download(&server.client.functions(&format!("/{id}/module")));
        assert_eq!(content_type, "application/wasm");
        assert_eq!(
            flow(&wasm),
            server.client.result(&id, &workload_call()),
            "{file}"
        );

        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("function.wasm");
        let status = switchhook()
            .args(["build", &format!("{WORKLOADS}/{file}"), "-o"])
            .arg(&built)
            .status()
            .unwrap();
        assert!(status.success());
        assert_eq!(
            std::fs::read(built).unwrap(),
            wasm,
            "{file}: the server and `build` link the same module"
        );
    }
}

#[test]
fn a_module_fails_with_the_authors_own_error() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("f.js");
    std::fs::write(&source, "console.log('hello');\ncall.x.y").unwrap();
    let built = folder.path().join("function.wasm");
    let status = switchhook()
        .arg("build")
        .arg(source)
        .arg("-o")
        .arg(&built)
        .status()
        .unwrap();
    assert!(status.success());
    let ran = run(&std::fs::read(built).unwrap(), "{}".into());
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    insta::assert_snapshot!(ran.stderr);
}
