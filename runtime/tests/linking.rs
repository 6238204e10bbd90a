//! A linked module starts with exactly the memory and globals that compiling left. A plain engine runs the same guest
//! to find out what compiling leaves.

use std::fmt::Write as _;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use switchhook_runtime::{Engine, EngineConfig, Guest, Limits, Snapshot};
use wasmtime::{Instance, Module, Store, Val};

/// A guest whose source says what to change. A letter stands for each half of a byte. First come the four globals, in
/// 24 bytes. Then eight bytes for each run of equal bytes: where (modulo the memory), how long, which byte, and whether
/// to add a page before. An empty source changes a byte in every sixteen of all memory.
const GUEST: &str = r#"(module
    (memory (export "memory") 1 16)
    (global $int (export "int") (mut i32) (i32.const 7))
    (global $long (export "long") (mut i64) (i64.const 7))
    (global $single (export "single") (mut f32) (f32.const 7))
    (global $double (export "double") (mut f64) (f64.const 7))
    (global (export "fixed") i32 (i32.const 42))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func $byte (param $at i32) (result i32)
        (i32.or
            (i32.shl (i32.load8_u (local.get $at)) (i32.const 4))
            (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 15))))
    (func (export "compile") (param $at i32) (param $length i32) (result i32)
        (local $end i32) (local $to i32) (local $run i32)
        (if (i32.eqz (local.get $length)) (then
            (drop (memory.grow (i32.const 15)))
            (loop $again
                (i32.store8 offset=2048 (local.get $to) (i32.const 1))
                (local.set $to (i32.add (local.get $to) (i32.const 16)))
                (br_if $again (i32.lt_u (local.get $to) (i32.const 0xff000))))
            (return (i32.const 0))))
        (local.set $end (i32.add (local.get $at) (local.get $length)))
        ;; Decoded in place: half as long, so never ahead of what is read.
        (local.set $to (local.get $at))
        (local.set $run (local.get $at))
        (loop $again
            (if (i32.lt_u (local.get $at) (local.get $end)) (then
                (i32.store8 (local.get $to) (call $byte (local.get $at)))
                (local.set $to (i32.add (local.get $to) (i32.const 1)))
                (local.set $at (i32.add (local.get $at) (i32.const 2)))
                (br $again))))
        (global.set $int (i32.load (local.get $run)))
        (global.set $long (i64.load offset=4 (local.get $run)))
        (global.set $single (f32.load offset=12 (local.get $run)))
        (global.set $double (f64.load offset=16 (local.get $run)))
        (local.set $run (i32.add (local.get $run) (i32.const 24)))
        (loop $again
            (if (i32.lt_u (local.get $run) (local.get $to)) (then
                (if (i32.and (i32.load8_u offset=7 (local.get $run)) (i32.const 1))
                    (then (drop (memory.grow (i32.const 1)))))
                (memory.fill
                    ;; Behind the input, and with room for the longest run.
                    (i32.add (i32.const 32768) (i32.rem_u (i32.load (local.get $run))
                        (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 33024))))
                    (i32.load8_u offset=6 (local.get $run))
                    (i32.load8_u offset=4 (local.get $run)))
                (local.set $run (i32.add (local.get $run) (i32.const 8)))
                (br $again))))
        (i32.const 0))
    (func (export "call") (param i32 i32) (result i32) (i32.const 0))
    (data (i32.const 40000) "what was there before"))"#;

/// Memory and globals. Floats are their bits.
#[derive(Debug, PartialEq)]
struct State {
    memory: Vec<u8>,
    globals: [u64; 5],
}

fn state(store: &mut Store<()>, instance: &Instance) -> State {
    let globals = ["int", "long", "single", "double", "fixed"].map(|name| {
        let global = instance
            .get_global(&mut *store, name)
            .expect("the guest exports it");
        match global.get(&mut *store) {
            Val::I32(value) => value as u64,
            Val::I64(value) => value as u64,
            Val::F32(bits) => u64::from(bits),
            Val::F64(bits) => bits,
            _ => unreachable!("every global is a number"),
        }
    });
    let memory = instance
        .get_memory(&mut *store, "memory")
        .expect("the guest exports it");
    State {
        memory: memory.data(&*store).to_vec(),
        globals,
    }
}

/// The state that `compile` leaves, in a plain engine.
fn compiled(module: &Module, source: &str) -> State {
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, module, &[]).expect("nothing is imported");
    let memory = instance
        .get_memory(&mut store, "memory")
        .expect("the guest exports it");
    memory
        .write(&mut store, 1024, source.as_bytes())
        .expect("this guest is honest");
    instance
        .get_typed_func::<(u32, u32), u32>(&mut store, "compile")
        .expect("this guest is honest")
        .call(&mut store, (1024, source.len() as u32))
        .expect("this guest is honest");
    state(&mut store, &instance)
}

/// The state that a module starts with, in a plain engine.
fn fresh(engine: &wasmtime::Engine, wasm: &[u8]) -> State {
    let module = Module::new(engine, wasm).expect("a linked module is a module");
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("nothing is imported");
    state(&mut store, &instance)
}

fn text(bytes: impl IntoIterator<Item = u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        write!(
            text,
            "{}{}",
            char::from(b'@' + (byte >> 4)),
            char::from(b'@' + (byte & 15))
        )
        .expect("this guest is honest");
        text
    })
}

struct Linker {
    runtime: tokio::runtime::Runtime,
    guest: Guest,
    plain: wasmtime::Engine,
    wasm: Vec<u8>,
    module: Module,
}

impl Linker {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("this guest is honest");
        let config = EngineConfig {
            max_instances: 1,
            ..EngineConfig::default()
        };
        let wasm = wat::parse_str(GUEST).expect("this guest is honest");
        let engine = Engine::new(&config).expect("this guest is honest");
        let guest = runtime
            .block_on(Guest::load(&engine, &wasm))
            .expect("this guest is honest");
        let plain = wasmtime::Engine::default();
        let module = Module::new(&plain, &wasm).expect("this guest is honest");
        Self {
            runtime,
            guest,
            plain,
            wasm,
            module,
        }
    }

    /// The state after compiling in a plain engine, and the initial state of the linked module.
    fn both(&self, source: &str) -> (State, State) {
        let compiling = self.guest.compile(source, &Limits::COMPILE);
        let snapshot = self
            .runtime
            .block_on(compiling)
            .result
            .expect("this guest is honest");
        let snapshot = Snapshot::from_bytes(&snapshot.to_bytes()).expect("this guest is honest");
        let linked = self.guest.link(&self.wasm, &snapshot);
        let linked = linked.expect("this guest is honest");
        (compiled(&self.module, source), fresh(&self.plain, &linked))
    }
}

#[test]
fn a_linked_module_starts_where_compile_ended() {
    let linker = Linker::new();
    let globals = proptest::array::uniform24(any::<u8>());
    let runs = proptest::collection::vec(proptest::array::uniform8(any::<u8>()), 0..100);
    let config = Config {
        cases: 100,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(globals, runs), |(globals, runs)| {
            let source = text(globals.into_iter().chain(runs.into_iter().flatten()));
            let (compiled, linked) = linker.both(&source);
            prop_assert!(compiled == linked, "{source}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_linked_module_keeps_more_pieces_than_a_module_has_data_segments() {
    let (compiled, linked) = Linker::new().both("");
    assert!(compiled.memory.iter().filter(|byte| **byte == 1).count() > 60_000);
    assert!(compiled == linked);
}
