//! The JavaScript guest is a Javy plugin: plain wasmtime does what Javy's tools do with plugins.

use std::fs::File;

use wasmparser::{Parser, Payload};
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store};
use wasmtime_wasi::{
    WasiCtxBuilder,
    p1::{self, WasiP1Ctx},
    p2::pipe::MemoryOutputPipe,
};

const GUEST: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../wasm-guests/javascript/guest.wasm.zst"
);

fn guest() -> Vec<u8> {
    zstd::decode_all(File::open(GUEST).unwrap()).unwrap()
}

struct Plugin {
    store: Store<WasiP1Ctx>,
    instance: Instance,
    memory: Memory,
    stderr: MemoryOutputPipe,
}

impl Plugin {
    fn new() -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, guest()).unwrap();
        let mut linker: Linker<WasiP1Ctx> = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |wasi| wasi).unwrap();
        let stderr = MemoryOutputPipe::new(1 << 16);
        let wasi = WasiCtxBuilder::new().stderr(stderr.clone()).build_p1();
        let mut store = Store::new(&engine, wasi);
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        Self {
            store,
            instance,
            memory,
            stderr,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> (u32, u32) {
        let length = bytes.len() as u32;
        let allocate = self
            .instance
            .get_typed_func::<(u32, u32, u32, u32), u32>(&mut self.store, "cabi_realloc")
            .unwrap();
        let address = allocate.call(&mut self.store, (0, 0, 1, length)).unwrap();
        self.memory
            .write(&mut self.store, address as usize, bytes)
            .unwrap();
        (address, length)
    }

    fn read(&self, address: u32, length: u32) -> Vec<u8> {
        self.memory.data(&self.store)[address as usize..][..length as usize].to_vec()
    }

    /// QuickJS bytecode, or Javy's error message.
    fn compile_src(&mut self, source: &str) -> Result<Vec<u8>, String> {
        let source = self.write(source.as_bytes());
        let compile = self
            .instance
            .get_typed_func::<(u32, u32), u32>(&mut self.store, "compile-src")
            .unwrap();
        let returned = compile.call(&mut self.store, source).unwrap();
        let words: Vec<u32> = self
            .read(returned, 12)
            .chunks(4)
            .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
            .collect();
        let bytes = self.read(words[1], words[2]);
        match words[0] {
            0 => Ok(bytes),
            _ => Err(String::from_utf8(bytes).unwrap()),
        }
    }

    /// Runs bytecode and then one of its exports. Returns the log.
    fn invoke(&mut self, bytecode: &[u8], export: &str) -> String {
        let (bytecode, bytecode_length) = self.write(bytecode);
        let (name, name_length) = self.write(export.as_bytes());
        self.instance
            .get_typed_func::<(u32, u32, u32, u32, u32), ()>(&mut self.store, "invoke")
            .unwrap()
            .call(
                &mut self.store,
                (bytecode, bytecode_length, 1, name, name_length),
            )
            .unwrap();
        String::from_utf8(self.stderr.contents().to_vec()).unwrap()
    }
}

#[test]
fn it_names_its_import_namespace() {
    let wasm = guest();
    let namespace = Parser::new(0).parse_all(&wasm).find_map(|payload| {
        let Payload::CustomSection(section) = payload.unwrap() else {
            return None;
        };
        (section.name() == "import_namespace").then(|| section.data().to_owned())
    });
    assert_eq!(namespace.unwrap(), b"switchhook-javascript-v1");
}

#[test]
fn it_compiles_modules_to_bytecode_and_runs_them() {
    let source = "export function greet() { console.log('hello', [1].concat(2)) }";
    let bytecode = Plugin::new().compile_src(source).unwrap();
    assert_eq!(
        Plugin::new().invoke(&bytecode, "greet"),
        "\u{1e}log hello [1,2]"
    );
}

#[test]
fn it_reports_what_does_not_compile() {
    let error = Plugin::new().compile_src("export const = 1").unwrap_err();
    assert!(error.contains("function.mjs"), "{error}");
}
