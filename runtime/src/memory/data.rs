//! Splits a module into itself without data, and the memory that the data makes.
//!
//! If an instance's memory already contains the data, nothing need be written at instantiation. Each data segment costs
//! time then, even if it is not written.

use wasm_encoder::{DataSection, Module, RawSection};
use wasmparser::{
    ConstExpr, Data, DataKind, DataSectionReader, MemorySectionReader, Operator, Parser, Payload,
};

/// Splits a module into itself without data, and its initial memory.
///
/// Segments that code writes stay. So do the numbers of all segments if code names any.
///
/// # Errors
/// [`Inseparable`]
pub(crate) fn without_data(wasm: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Inseparable> {
    let (module, memory) = split(wasm, Segments::Removed)?;
    if wasmparser::validate(&module).is_ok() {
        return Ok((module, memory));
    }
    split(wasm, Segments::Emptied)
}

/// Why a module cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Inseparable {
    /// A start section would run in every instance, and may change the memory.
    #[error("it has a start section, which would run at every call")]
    Start,

    /// The module does something that linkers do not: it has several memories, data at a computed address, or data outside
    /// of the memory.
    #[error("its memory is not as linkers lay it out")]
    Layout,
}

/// What happens to segments whose data is in the memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segments {
    Removed,
    Emptied,
}

fn split(wasm: &[u8], segments: Segments) -> Result<(Vec<u8>, Vec<u8>), Inseparable> {
    let mut module = Module::new();
    let mut memory = None;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|_| Inseparable::Layout)?;
        match &payload {
            Payload::MemorySection(memories) => {
                memory = Some(initial(memories.clone()).ok_or(Inseparable::Layout)?);
            }
            Payload::StartSection { .. } => return Err(Inseparable::Start),
            Payload::DataSection(data) => {
                let left = written(memory.as_deref_mut(), data.clone());
                let left = left.ok_or(Inseparable::Layout)?;
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
    Ok((module.finish(), memory.unwrap_or_default()))
}

/// A module's memory before its data is written. `None` if it has several, or one of an unusual kind.
fn initial(memories: MemorySectionReader) -> Option<Vec<u8>> {
    let mut memories = memories.into_iter();
    let first = memories.next()?.ok()?;
    if memories.next().is_some() || first.memory64 || first.page_size_log2.is_some() {
        return None;
    }
    let bytes = usize::try_from(first.initial).ok()?;
    Some(vec![0; bytes.checked_mul(PAGE_BYTES)?.min(MOST_BYTES)])
}

/// Writes all data segments, and returns them without what was written. `None` if a segment cannot be written.
fn written(mut memory: Option<&mut [u8]>, data: DataSectionReader) -> Option<DataSection> {
    let mut left = DataSection::new();
    for segment in data {
        let segment = segment.ok()?;
        let bytes = write(memory.as_deref_mut()?, &segment)?;
        left.passive(segment.data[bytes..].iter().copied());
    }
    Some(left)
}

/// Bytes of a page, unless a module says otherwise (WebAssembly core specification 2.0, 4.2.8).
const PAGE_BYTES: usize = 65536;

/// Most bytes of a memory (the same section).
const MOST_BYTES: usize = 65536 * PAGE_BYTES;

/// Writes a segment's data to its address. Returns the number of bytes.
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

    fn apart(wat: &str) -> Result<(Vec<u8>, Vec<u8>), Inseparable> {
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
            assert_eq!(apart(module), Err(Inseparable::Layout), "{module}");
        }
        let start = "(module (memory 1) (func $start) (start $start))";
        assert_eq!(apart(start), Err(Inseparable::Start));
    }
}
