//! The exports a host uses, and the only place that touches raw pointers into linear memory.
//!
//! `memory` and `cabi_realloc` come from the linker and from `javy-plugin-api`, which also exports `compile-src`
//! and `invoke` for Javy.

use std::{cell::UnsafeCell, slice};

use crate::{engine, error::Failure, function, serve};

javy_plugin_api::import_namespace!("switchhook-javascript-v1");

/// What `compile`, `call` and `serve` return a pointer to.
#[repr(C)]
struct Returned {
    status: u32,
    pointer: u32,
    length: u32,
}

struct ReturnArea(UnsafeCell<Returned>);

// SAFETY: the module has one thread; WASI preview 1 has no way to start another.
unsafe impl Sync for ReturnArea {}

static RETURNED: ReturnArea = ReturnArea(UnsafeCell::new(Returned {
    status: 0,
    pointer: 0,
    length: 0,
}));

/// Hands a document to the host, which reads it before it drops the instance; so it is never freed.
fn answer(result: Result<&'static str, Failure>) -> *const Returned {
    let (status, text) = match result {
        Ok(text) => (0, text),
        Err(failure) => {
            let text: &'static str = failure.thrown.to_json().leak();
            (failure.status as u32, text)
        }
    };
    // SAFETY: one thread, and no reference into the area outlives this function.
    unsafe {
        *RETURNED.0.get() = Returned {
            status,
            pointer: text.as_ptr() as u32,
            length: text.len() as u32,
        };
    }
    RETURNED.0.get()
}

/// The text that the host wrote at `pointer`.
///
/// # Safety
/// `pointer` must come from `cabi_realloc` with at least `length` bytes, all of them written, and nothing may
/// change them while the module runs. The host guarantees this by running one export at a time.
unsafe fn written_by_host(pointer: *const u8, length: usize) -> &'static [u8] {
    // SAFETY: as this function demands of its caller.
    unsafe { slice::from_raw_parts(pointer, length) }
}

/// Boots the engine. Run once when the guest is built; the memory it leaves behind is the guest's initial memory.
#[unsafe(export_name = "initialize-runtime")]
extern "C" fn initialize_runtime() {
    engine::boot();
}

/// Turns source text into the function that `call` will run.
///
/// # Safety
/// See [`written_by_host`].
#[unsafe(export_name = "compile")]
unsafe extern "C" fn compile(pointer: *const u8, length: usize) -> *const Returned {
    // SAFETY: passed on to the host, see above.
    let source = unsafe { written_by_host(pointer, length) };
    answer(function::compile(source).map(|()| ""))
}

/// Runs the compiled function on one JSON document and answers with another.
///
/// # Safety
/// See [`written_by_host`]. The document is taken over.
#[unsafe(export_name = "call")]
unsafe extern "C" fn call(pointer: *mut u8, length: usize) -> *const Returned {
    // SAFETY: passed on to the host, see above. `cabi_realloc` allocates bytes as `Vec` does.
    let input = unsafe { Vec::from_raw_parts(pointer, length, length) };
    answer(function::call(input))
}

/// Runs a program on the lines of stdin, and answers when it ends.
///
/// # Safety
/// See [`written_by_host`].
#[unsafe(export_name = "serve")]
unsafe extern "C" fn serve(pointer: *const u8, length: usize) -> *const Returned {
    // SAFETY: passed on to the host, see above.
    let program = unsafe { written_by_host(pointer, length) };
    answer(serve::serve(program).map(|text| &*text.leak()))
}
