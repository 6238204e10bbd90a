//! Checks a stranger's module before a compiler sees it.

use wasmparser::{Encoding, ExternalKind, Parser, Payload, TypeRef, Validator, WasmFeatures};

use super::{ModuleError, bounds::bounded};
use crate::{
    Engine, Limits, Moment,
    guest::{image::RESERVED_PREFIX, layout::Form},
    host::sandbox::{MAX_TABLE_ELEMENTS, Sandbox},
};

/// The features that a guest may use. Excluded are threads, 64-bit memories, several memories, and everything whose
/// result depends on the machine.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::EXCEPTIONS);

/// Names of the function that initialises a module once: Wizer's name today, and its name before it moved to wasmtime.
const INITIALIZE: [&str; 2] = ["wizer-initialize", "wizer.initialize"];

/// The only module that imports may name.
const WASI: &str = "wasi_snapshot_preview1";

/// Checks a module and returns its form.
///
/// # Errors
/// [`ModuleError::Refused`]
pub(super) fn check(
    engine: &Engine,
    wasm: &[u8],
    max_memory_bytes: usize,
) -> Result<Form, ModuleError> {
    if !Parser::is_core_wasm(wasm) {
        return Err(refused(if Parser::is_component(wasm) {
            "it is a component: a core module is needed"
        } else {
            "it is not a Wasm module"
        }));
    }
    let mut exports = Exports::default();
    let most_memory = max_memory_bytes as u64;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| refused(error.message()))?;
        bounded(&payload)?;
        match payload {
            Payload::Version { encoding, .. } if encoding != Encoding::Module => {
                return Err(refused("it is not a Wasm module"));
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(|error| refused(error.message()))?;
                    let is_function = matches!(import.ty, TypeRef::Func(_));
                    if !is_function || !is_known(engine, import.module, import.name) {
                        return Err(refused(format!(
                            "it imports `{}` from `{}`: only functions of WASI preview 1 (`{WASI}`) can be imported",
                            import.name, import.module
                        )));
                    }
                }
            }
            Payload::MemorySection(memories) => {
                if memories.count() > 1 {
                    return Err(refused("it has several memories"));
                }
                for memory in memories {
                    let memory = memory.map_err(|error| refused(error.message()))?;
                    let bytes = memory.initial.saturating_mul(65536);
                    if bytes > most_memory {
                        return Err(refused(format!(
                            "it begins with {bytes} bytes of memory, {most_memory} are allowed"
                        )));
                    }
                }
            }
            Payload::TableSection(tables) => {
                if tables.count() > 1 {
                    return Err(refused("it has several tables"));
                }
                for table in tables {
                    let table = table.map_err(|error| refused(error.message()))?;
                    if table.ty.initial > MAX_TABLE_ELEMENTS as u64 {
                        return Err(refused(format!(
                            "its table has more than {MAX_TABLE_ELEMENTS} elements"
                        )));
                    }
                }
            }
            Payload::StartSection { .. } => {
                return Err(refused(
                    "it has a start section: let it export what is to run as `_start`",
                ));
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(|error| refused(error.message()))?;
                    exports.see(export.name, export.kind)?;
                }
            }
            _ => {}
        }
    }
    let form = exports.form()?;
    let mut validator = Validator::new_with_features(FEATURES);
    let validated = validator.validate_all(wasm);
    validated
        .map_err(|error| refused(format!("{} (at byte {})", error.message(), error.offset())))?;
    Ok(form)
}

fn is_known(engine: &Engine, module: &str, name: &str) -> bool {
    let sandbox = Sandbox::new(&Limits::CALL, Moment::COMPILE, [].into());
    let mut store = sandbox.into_store(&engine.wasmtime);
    module == WASI && engine.linker.get(&mut store, module, name).is_ok()
}

/// The exports that decide on the form.
#[derive(Default)]
struct Exports {
    memory: bool,
    start: bool,
    compile: bool,
    call: bool,
    initialize: Option<&'static str>,
}

impl Exports {
    fn see(&mut self, name: &str, kind: ExternalKind) -> Result<(), ModuleError> {
        if name.starts_with(RESERVED_PREFIX) {
            return Err(refused(format!("it exports `{name}`, which is reserved")));
        }
        match (name, kind) {
            ("memory", ExternalKind::Memory) => self.memory = true,
            ("_start", ExternalKind::Func) => self.start = true,
            ("compile", ExternalKind::Func) => self.compile = true,
            ("call", ExternalKind::Func) => self.call = true,
            (_, ExternalKind::Func) => {
                let known = INITIALIZE.into_iter().find(|known| *known == name);
                self.initialize = self.initialize.or(known);
            }
            _ => {}
        }
        Ok(())
    }

    /// A module with the exports of both forms is a command: linked functions of language packs are such modules.
    fn form(&self) -> Result<Form, ModuleError> {
        if !self.memory {
            return Err(refused("it does not export its memory as `memory`"));
        }
        match self {
            Self {
                start: true,
                initialize: Some(name),
                ..
            } => Ok(Form::InitializedCommand(name)),
            Self { start: true, .. } => Ok(Form::Command),
            Self {
                compile: true,
                call: true,
                ..
            } => Ok(Form::Guest),
            _ => Err(refused(
                "it exports neither `_start`, as WASI commands do, nor `compile` and `call`, as the guest ABI asks for",
            )),
        }
    }
}

pub(super) fn refused(why: impl AsRef<str>) -> ModuleError {
    ModuleError::Refused(format!("the module cannot be used: {}", why.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EngineConfig;

    const MEMORY_BYTES: usize = 32 << 20;

    #[test]
    fn forms_are_told_apart_by_exports() {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        let form = |fields: &str| {
            let wat = format!(r#"(module (memory (export "memory") 1) (func $f) {fields})"#);
            check(&engine, &wat::parse_str(wat).unwrap(), MEMORY_BYTES).ok()
        };
        let start = r#"(export "_start" (func $f))"#;
        let abi = r#"(export "compile" (func $f)) (export "call" (func $f))"#;
        assert_eq!(form(start), Some(Form::Command));
        assert_eq!(form(abi), Some(Form::Guest));
        assert_eq!(form(&format!("{start}{abi}")), Some(Form::Command));
        for name in INITIALIZE {
            let initialize = format!(r#"(export "{name}" (func $f))"#);
            let initialized = Some(Form::InitializedCommand(name));
            assert_eq!(form(&format!("{start}{initialize}")), initialized);
            assert_eq!(form(&initialize), None);
        }
        assert_eq!(form(""), None);
    }

    /// The engine accepts every feature that the check accepts.
    #[test]
    fn what_is_allowed_is_taken() {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        for (proposal, fields) in [
            (
                "mutable globals",
                r#"(global (export "g") (mut i32) (i32.const 0))"#,
            ),
            (
                "sign extension",
                "(func (drop (i32.extend8_s (i32.const 255))))",
            ),
            (
                "conversions that do not trap",
                "(func (drop (i32.trunc_sat_f32_s (f32.const nan))))",
            ),
            (
                "several values",
                "(func (result i32 i32) (i32.const 1) (i32.const 2))",
            ),
            (
                "bulk memory",
                r#"(data $d "a") (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)) (data.drop $d)
                (memory.fill (i32.const 0) (i32.const 0) (i32.const 9)) (memory.copy (i32.const 0) (i32.const 1) (i32.const 9)))"#,
            ),
            (
                "reference types",
                "(table $t 1 externref) (func (table.set $t (i32.const 0) (ref.null extern)))",
            ),
            (
                "growing tables",
                "(table $t 1 funcref) (func (drop (table.grow $t (ref.null func) (i32.const 1))))",
            ),
            (
                "growing memory",
                "(func (drop (memory.grow (i32.const 1))))",
            ),
            ("SIMD", "(func (drop (i32x4.splat (i32.const 1))))"),
            ("tail calls", "(func $f (return_call $f))"),
            (
                "extended constant expressions",
                "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
            ),
            (
                "exceptions",
                "(tag $e) (func (block $b (try_table (catch_all $b) (throw $e))))",
            ),
        ] {
            let wat = format!(
                r#"(module (memory (export "memory") 1) (func (export "_start")) {fields})"#
            );
            let wasm = wat::parse_str(wat).unwrap();
            assert_eq!(
                check(&engine, &wasm, MEMORY_BYTES).unwrap(),
                Form::Command,
                "{proposal}"
            );
            wasmtime::Module::new(&engine.wasmtime, &wasm).expect(proposal);
        }
    }

    #[test]
    fn what_is_refused_is_said_in_a_sentence() {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        let many_locals = format!("(func (local {}))", "i32 ".repeat(10_001));
        let many_functions = "(func)".repeat(50_000);
        let many_parameters = format!("(func (param {}))", "i32 ".repeat(101));
        let many_results = format!("(type (func (result {})))", "i32 ".repeat(17));
        let many_tags = "(tag)".repeat(101);
        let long_global = format!(
            "(global i32 i32.const 0 {})",
            "i32.const 1 i32.add ".repeat(100_000)
        );
        for (fields, says) in [
            (r#"(import "env" "f" (func))"#, "imports `f` from `env`"),
            // What Javy links dynamically.
            (
                r#"(import "javy-default-plugin-v3" "memory" (memory 1))"#,
                "imports `memory` from `javy-default-plugin-v3`",
            ),
            (
                r#"(import "wasi_snapshot_preview1" "sock_open" (func))"#,
                "imports `sock_open`",
            ),
            (
                r#"(import "wasi_snapshot_preview1" "g" (global i32))"#,
                "imports `g`",
            ),
            ("(memory 513)", "bytes of memory"),
            ("(memory 1) (memory 1)", "several memories"),
            ("(memory i64 1)", "memory64"),
            ("(memory 1 2 shared)", "threads"),
            ("(memory 1 (pagesize 1))", "custom"),
            ("(type (struct))", "gc"),
            (
                "(type $f (func)) (func (param (ref $f)))",
                "function references",
            ),
            ("(func (drop (i32.atomic.load (i32.const 0))))", "threads"),
            (
                "(func (param i64) (i64.mul_wide_s (local.get 0) (local.get 0)) drop drop)",
                "wide arithmetic",
            ),
            ("(table 200000 funcref)", "more than 100000 elements"),
            ("(table 1 funcref) (table 1 funcref)", "several tables"),
            ("(func $f) (start $f)", "a start section"),
            (r#"(func (export "__wizer_global_0"))"#, "which is reserved"),
            (r#"(func (export "call"))"#, "export its memory"),
            (&many_locals, "locals in a function"),
            (&many_functions, "50001 functions"),
            (&many_parameters, "101 parameters"),
            (&many_results, "17 results"),
            (&many_tags, "101 kinds of exceptions"),
            (&long_global, "bytes of globals"),
            (
                r#"(memory (export "memory") 1) (func (export "_start") (drop (i32x4.relaxed_trunc_f32x4_s (v128.const i32x4 0 0 0 0))))"#,
                "relaxed SIMD",
            ),
        ] {
            let with_start = if fields.contains("export") {
                fields.to_owned()
            } else if fields.contains("(memory") {
                format!(r#"{fields} (func (export "_start")) (export "memory" (memory 0))"#)
            } else {
                format!(r#"{fields} (func (export "_start")) (memory (export "memory") 1)"#)
            };
            let wasm = wat::parse_str(format!("(module {with_start})")).unwrap();
            let start: String = fields.chars().take(60).collect();
            match check(&engine, &wasm, MEMORY_BYTES) {
                Ok(form) => panic!("{start}: a {form:?}"),
                Err(error) => assert!(error.to_string().contains(says), "{start}: {error}"),
            }
        }
        for (bytes, says) in [
            (&b"return 1"[..], "not a Wasm module"),
            (b"\0asm\x0d\0\x01\0", "a component"),
            (b"\0asm\x01\0\0\0\x01", "unexpected end"),
        ] {
            let error = check(&engine, bytes, MEMORY_BYTES).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    /// The text format no longer has them. A `block` with a `nop` becomes a `try` with a `catch_all`.
    #[test]
    fn exceptions_as_they_were_first_proposed_are_refused() {
        const BLOCK: [u8; 4] = [0x02, 0x40, 0x01, 0x0b];
        const TRY: [u8; 4] = [0x06, 0x40, 0x19, 0x0b];
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        let wat = r#"(module (memory (export "memory") 1) (func (export "_start") (block (nop))))"#;
        let mut wasm = wat::parse_str(wat).unwrap();
        let place = wasm.windows(BLOCK.len()).position(|bytes| bytes == BLOCK);
        wasm[place.unwrap()..][..TRY.len()].copy_from_slice(&TRY);
        let error = check(&engine, &wasm, MEMORY_BYTES).unwrap_err().to_string();
        assert!(error.contains("legacy"), "{error}");
    }
}
