//! Limits on the parts of a stranger's module.
//!
//! Each part costs time or memory where no limit of a call applies: when the module is checked, when machine code is
//! made, or when an instance is made, before its first instruction.

use std::ops::Range;

use wasmparser::{BinaryReaderError, FunctionBody, Payload, TypeSectionReader};

use super::{ModuleError, check::refused};

/// Most functions. Large engines have 30,000.
const MAX_FUNCTIONS: u32 = 50_000;

/// Largest function, in bytes. The largest function of an interpreter has 150 KB. The compiler's effort grows faster
/// than a function's size.
const MAX_FUNCTION_BYTES: usize = 512 * 1024;

/// Most locals of a function, beside its parameters. Unoptimised functions of that size have some thousands.
const MAX_LOCALS: u32 = 10_000;

/// Most parameters of a function or block. Each of up to a million branches and calls is checked against all of them.
const MAX_PARAMETERS: usize = 100;
const MAX_RESULTS: usize = 16;

/// Most types, globals, exports and elements: linkers make some hundreds.
const MAX_ITEMS: u32 = 10_000;

/// Most imports. WASI preview 1 has 46 functions.
const MAX_IMPORTS: u32 = 100;

/// Most exception tags. Languages have one.
const MAX_TAGS: u32 = 100;

/// Most data segments. Each is looked at when the module is loaded. JavaScript's engine with a function compiled into
/// it has 22,000.
const MAX_SEGMENTS: u32 = 65_536;

/// Most bytes that are computed when an instance is made: values of globals, and initial elements of the table.
const MAX_INITIAL_BYTES: usize = 256 * 1024;

/// Checks a part of a module against the limits.
///
/// # Errors
/// [`ModuleError::Refused`]
pub(super) fn bounded(payload: &Payload) -> Result<(), ModuleError> {
    match payload {
        Payload::TypeSection(types) => {
            most("types", types.count(), MAX_ITEMS)?;
            signatures(types)
        }
        Payload::ImportSection(imports) => most("imports", imports.count(), MAX_IMPORTS),
        Payload::FunctionSection(functions) => most("functions", functions.count(), MAX_FUNCTIONS),
        Payload::TagSection(tags) => most("kinds of exceptions", tags.count(), MAX_TAGS),
        Payload::GlobalSection(globals) => {
            most("globals", globals.count(), MAX_ITEMS)?;
            initial("globals", globals.range())
        }
        Payload::ExportSection(exports) => most("exports", exports.count(), MAX_ITEMS),
        Payload::ElementSection(elements) => {
            most("segments of elements", elements.count(), MAX_ITEMS)?;
            initial("elements", elements.range())
        }
        Payload::DataSection(data) => most("segments of data", data.count(), MAX_SEGMENTS),
        Payload::CodeSectionEntry(body) => function(body),
        _ => Ok(()),
    }
}

fn most(what: &str, count: u32, most: u32) -> Result<(), ModuleError> {
    if count <= most {
        return Ok(());
    }
    Err(refused(format!(
        "it has {count} {what}, {most} are allowed"
    )))
}

fn initial(what: &str, range: Range<usize>) -> Result<(), ModuleError> {
    let bytes = range.len();
    if bytes <= MAX_INITIAL_BYTES {
        return Ok(());
    }
    Err(refused(format!(
        "it has {bytes} bytes of {what}, {MAX_INITIAL_BYTES} are allowed"
    )))
}

fn signatures(types: &TypeSectionReader) -> Result<(), ModuleError> {
    for function in types.clone().into_iter_err_on_gc_types() {
        let function = function.map_err(malformed)?;
        for (what, count, most) in [
            ("parameters", function.params().len(), MAX_PARAMETERS),
            ("results", function.results().len(), MAX_RESULTS),
        ] {
            if count > most {
                return Err(refused(format!(
                    "it has a function or block with {count} {what}, {most} are allowed"
                )));
            }
        }
    }
    Ok(())
}

fn function(body: &FunctionBody) -> Result<(), ModuleError> {
    let bytes = body.range().len();
    if bytes > MAX_FUNCTION_BYTES {
        return Err(refused(format!(
            "it has a function of {bytes} bytes, {MAX_FUNCTION_BYTES} are allowed"
        )));
    }
    let mut sum = 0_u32;
    for group in body.get_locals_reader().map_err(malformed)? {
        let (count, _) = group.map_err(malformed)?;
        sum = sum.saturating_add(count);
    }
    most("locals in a function", sum, MAX_LOCALS)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn malformed(error: BinaryReaderError) -> ModuleError {
    refused(error.message())
}
