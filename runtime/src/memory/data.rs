//! A module without its data, and the memory that the data makes.
//!
//! Data that an instance's memory already holds need not be written into it, and each of a module's segments of data
//! costs time when it is instantiated, even one that is not written.

use wasm_encoder::{DataSection, Module, RawSection};
use wasmparser::{ConstExpr, Data, DataKind, Operator, Parser, Payload};

/// Splits a module into itself without data, and its memory.
///
/// Segments that are written by code are left, and so is the number of each, if there is code that names one.
///
/// `None` if the module does what wasm allows and linkers do not: several memories, data at a place that is
/// computed, or outside the memory.
pub(crate) fn without_data(wasm: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (module, memory) = split(wasm, Segments::Removed)?;
    if wasmparser::validate(&module).is_ok() {
        return Some((module, memory));
    }
    split(wasm, Segments::Emptied)
}

/// What becomes of segments whose data is in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segments {
    Removed,
    Emptied,
}

fn split(wasm: &[u8], segments: Segments) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut module = Module::new();
    let mut memory = None;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.ok()?;
        match &payload {
            Payload::MemorySection(memories) => {
                let mut memories = memories.clone().into_iter();
                let first = memories.next()?.ok()?;
                if memories.next().is_some() || first.memory64 || first.page_size_log2.is_some() {
                    return None;
                }
                let bytes = usize::try_from(first.initial)
                    .ok()?
                    .checked_mul(PAGE_BYTES)?;
                memory = Some(vec![0; bytes.min(MOST_BYTES)]);
            }
            Payload::DataSection(data) => {
                let mut left = DataSection::new();
                for segment in data.clone() {
                    let segment = segment.ok()?;
                    let written = write(memory.as_mut()?, &segment)?;
                    left.passive(segment.data[written..].iter().copied());
                }
                if segments == Segments::Emptied {
                    module.section(&left);
                }
                continue;
            }
            Payload::DataCountSection { .. } if segments == Segments::Removed => continue,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            let data = &wasm[range];
            module.section(&RawSection { id, data });
        }
    }
    Some((module.finish(), memory.unwrap_or_default()))
}

/// Of a linear memory, where the module says nothing else (WebAssembly core specification 2.0, 4.2.8).
const PAGE_BYTES: usize = 65536;

/// All that a memory can have (the same, 4.2.8).
const MOST_BYTES: usize = 65536 * PAGE_BYTES;

/// Puts a segment's data where it belongs, and says how many of its bytes that was.
fn write(memory: &mut [u8], segment: &Data) -> Option<usize> {
    let offset = match &segment.kind {
        DataKind::Active {
            memory_index: 0,
            offset_expr,
        } => constant(offset_expr)?,
        DataKind::Active { .. } => return None,
        DataKind::Passive => return Some(0),
    };
    let room = memory.get_mut(offset..)?.get_mut(..segment.data.len())?;
    room.copy_from_slice(segment.data);
    Some(segment.data.len())
}

fn constant(expression: &ConstExpr) -> Option<usize> {
    let mut operators = expression.get_operators_reader();
    let Operator::I32Const { value } = operators.read().ok()? else {
        return None;
    };
    matches!(operators.read(), Ok(Operator::End)).then_some(value as u32 as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(wat: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        without_data(&wat::parse_str(wat).unwrap())
    }

    #[test]
    fn data_becomes_memory() {
        let with = r#"(module (func (export "f")) (memory 1) (data (i32.const 2) "ab") (data (i32.const 3) "cd"))"#;
        let (module, memory) = apart(with).unwrap();
        assert_eq!(memory[..6], *b"\0\0acd\0");
        assert_eq!(memory.len(), 65536);
        let without = wat::parse_str(r#"(module (func (export "f")) (memory 1))"#).unwrap();
        assert_eq!(module, without);
    }

    #[test]
    fn code_finds_the_segments_it_names() {
        let with = r#"(module (memory 1) (data (i32.const 0) "ab") (data "cd")
            (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop 0)))"#;
        let (module, memory) = apart(with).unwrap();
        assert_eq!(memory[..2], *b"ab");
        let without = with.replacen("(i32.const 0) \"ab\"", "\"\"", 1);
        assert_eq!(module, wat::parse_str(without).unwrap());
    }

    #[test]
    fn what_is_unusual_is_refused() {
        for module in [
            r#"(module (memory 1) (data (i32.const 65535) "ab"))"#,
            r#"(module (memory 1) (data (i32.const -1) "ab"))"#,
            r#"(module (memory 1) (memory 1) (data (i32.const 0) "ab"))"#,
            r#"(module (memory i64 1) (data (i64.const 0) "ab"))"#,
            r#"(module (import "" "" (global i32)) (memory 1) (data (global.get 0) "ab"))"#,
            r#"(module (import "" "" (memory 1)) (data (i32.const 0) "ab"))"#,
            r#"(module (memory 1) (data (i32.add (i32.const 0) (i32.const 1)) "ab"))"#,
        ] {
            assert_eq!(apart(module), None, "{module}");
        }
    }
}
