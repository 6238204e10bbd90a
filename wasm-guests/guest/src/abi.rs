//! What the exports do, and the only place that touches raw pointers into linear memory.

use std::{
    borrow::Cow,
    cell::{Cell, UnsafeCell},
};

use crate::{Engine, Failure, Status};

/// What `compile` and `call` return a pointer to.
#[doc(hidden)]
#[repr(C)]
pub struct Returned {
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

thread_local! {
    static IS_BEING_COMPILED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the engine compiles at the moment, and not in a call. While it compiles, time, random numbers and
/// environment have no meaning yet.
pub fn is_being_compiled() -> bool {
    IS_BEING_COMPILED.get()
}

/// Makes the answer that the host reads. The host drops the instance after the answer, so its text is never freed.
/// Public for guests with exports of their own.
pub fn answer(result: Result<Cow<'static, str>, Failure>) -> *const Returned {
    let (status, text) = match result {
        Ok(text) => (0, text),
        Err(failure) => (failure.status as u32, failure.thrown.to_json().into()),
    };
    let text: &'static str = match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => text.leak(),
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
/// `pointer` must come from `cabi_realloc` with `length` bytes and an alignment of 1, all of them written, and nothing else
/// may keep it: what `cabi_realloc` allocates is what a `Vec` does.
#[doc(hidden)]
pub unsafe fn text_from_host(pointer: *mut u8, length: usize) -> Vec<u8> {
    // SAFETY: as this function demands of its caller.
    unsafe { Vec::from_raw_parts(pointer, length, length) }
}

#[doc(hidden)]
pub fn boot<E: Engine>() {
    E::boot();
}

#[doc(hidden)]
pub fn compile<E: Engine>(source: Vec<u8>) -> *const Returned {
    IS_BEING_COMPILED.set(true);
    let compiled = match String::from_utf8(source) {
        // Kept as long as the function lives: places of errors are looked up in it.
        Ok(source) => E::compile(source.leak()),
        Err(error) => {
            let message = format!("the source is not UTF-8: {error}");
            Err(Failure::new(Status::CompileError, "SyntaxError", message))
        }
    };
    IS_BEING_COMPILED.set(false);
    answer(compiled.map(|()| "".into()))
}

#[doc(hidden)]
pub fn call<E: Engine>(input: Vec<u8>) -> *const Returned {
    answer(E::call(input))
}
