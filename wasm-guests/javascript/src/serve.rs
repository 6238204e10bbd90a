//! `serve`: a program that reads and writes lines for as long as the host likes. A function's instance, by contrast,
//! ends with its call.

use std::{arch::wasm32, cell::Cell, ptr};

use javy::quickjs::qjs;
use switchhook_guest::{Failure, Status};

use crate::{
    engine, error,
    realm::{self, Text},
    rejection,
    source::Source,
};

/// Most bytes in one read. The host gives the rest of one line at most.
const READ_BYTES: usize = 64 * 1024;

/// Most bytes in one write: the host bounds what it takes from a guest at a time.
const WRITE_BYTES: usize = 64 * 1024;

const STDIN: wasip1::Fd = 0;
const STDOUT: wasip1::Fd = 1;

/// Runs a program, a function expression, in a realm of its own, and returns the text that it returns.
///
/// # Errors
/// `Exception` if the text is not such a program or if the program throws, `InvalidResult` if it returns something
/// other than text.
pub fn serve(program: &[u8]) -> Result<String, Failure> {
    let program = str::from_utf8(program).unwrap_or_default();
    engine::with(|ctx| {
        // A program has no use for unhandled rejections, and remembering them would keep realms alive.
        rejection::ignore(&ctx);
        let caught = |status| error::caught(status, &ctx, Source::plain(program));
        let source = format!("{program}\0");
        // SAFETY: the context is alive and entered, `source` ends with a NUL that is not counted, and the value
        // returned is ours.
        unsafe {
            let raw = ctx.as_raw().as_ptr();
            let runtime = qjs::JS_GetRuntime(raw);
            let source = &source.as_bytes()[..program.len()];
            let returned = realm::enter(runtime, source, c"serve");
            if qjs::JS_IsException(returned) {
                return Err(caught(Status::Exception));
            }
            let text = Text::of(raw, returned)
                .map(|text| String::from_utf8_lossy(text.bytes()).into_owned());
            qjs::JS_FreeValue(raw, returned);
            text.ok_or_else(|| caught(Status::InvalidResult))
        }
    })
}

/// Returns the next line without its end, or `null` at the end of stdin.
///
/// # Safety
/// Only QuickJS may call this function.
pub unsafe extern "C" fn read_line(
    context: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: i32,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    // A program may ask for many lines before it is done with one.
    // SAFETY: the runtime is that of a context that is alive.
    unsafe { collect_if_due(qjs::JS_GetRuntime(context)) };
    let mut line = Vec::<u8>::new();
    loop {
        line.reserve(READ_BYTES);
        let room = line.spare_capacity_mut();
        let room = wasip1::Iovec {
            buf: room.as_mut_ptr().cast(),
            buf_len: room.len(),
        };
        // SAFETY: the room lies in `line`, which nothing else reaches meanwhile. Of it the host has written `read` bytes.
        let read = unsafe {
            let read = wasip1::fd_read(STDIN, &[room]).unwrap_or_default();
            line.set_len(line.len() + read);
            read
        };
        if line.pop_if(|byte| *byte == b'\n').is_some() {
            break;
        }
        if read == 0 {
            if line.is_empty() {
                return qjs::JS_NULL;
            }
            break;
        }
    }
    let (lines, bytes) = READ.get();
    READ.set((lines + 1, bytes + line.len()));
    // SAFETY: QuickJS gave a context that is alive, and copies the text.
    unsafe { qjs::JS_NewStringLen(context, line.as_ptr().cast(), line.len() as _) }
}

/// Writes its argument and a line feed.
///
/// # Safety
/// Only QuickJS may call this function, with one argument.
pub unsafe extern "C" fn write_line(
    context: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: i32,
    arguments: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: QuickJS passes as many arguments as the function was made with.
    let Some(text) = (unsafe { Text::of(context, *arguments) }) else {
        return qjs::JS_EXCEPTION;
    };
    let bytes = text.bytes();
    let (pieces, last) = bytes.split_at(bytes.len() / WRITE_BYTES * WRITE_BYTES);
    pieces.chunks(WRITE_BYTES).for_each(write);
    write(&[last, b"\n"].concat());
    qjs::JS_UNDEFINED
}

/// Writes to stdout. Ends the program if the host refuses.
fn write(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let piece = wasip1::Ciovec {
            buf: bytes.as_ptr(),
            buf_len: bytes.len(),
        };
        // SAFETY: the piece is borrowed until the host has read it.
        match unsafe { wasip1::fd_write(STDOUT, &[piece]) } {
            Ok(written) if written > 0 => bytes = &bytes[written..],
            _ => return,
        }
    }
}

/// Most lines between two collections of garbage: the cost of a collection is shared by many lines, and their garbage
/// fits into memory.
const LINES_TO_COLLECT: u32 = 1024;

/// Most bytes of lines between two collections of garbage.
const BYTES_TO_COLLECT: usize = 4 * 1024 * 1024;

thread_local! {
    /// Lines read since the last collection of garbage, and their bytes.
    static READ: Cell<(u32, usize)> = const { Cell::new((0, 0)) };
    /// Pages of memory at that collection.
    static PAGES: Cell<usize> = const { Cell::new(0) };
}

/// Ends the work on a line: runs the pending promise jobs of all realms, ignores their errors, and collects garbage if
/// it is due.
///
/// # Safety
/// Only QuickJS may call this function.
pub unsafe extern "C" fn end_line(
    context: *mut qjs::JSContext,
    _: qjs::JSValue,
    _: i32,
    _: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the runtime is that of a context that is alive.
    unsafe {
        let runtime = qjs::JS_GetRuntime(context);
        loop {
            let mut of_job = ptr::null_mut();
            match qjs::JS_ExecutePendingJob(runtime, &raw mut of_job) {
                0 => break,
                failed if failed < 0 => qjs::JS_FreeValue(context, qjs::JS_GetException(context)),
                _ => {}
            }
        }
        collect_if_due(runtime);
    }
    qjs::JS_UNDEFINED
}

/// Collects garbage if enough was read since the last time, or if memory has grown. QuickJS would decide by the bytes
/// allocated, which it does not know on WASI.
///
/// # Safety
/// The runtime must be alive and entered.
unsafe fn collect_if_due(runtime: *mut qjs::JSRuntime) {
    let (lines, bytes) = READ.get();
    let pages = wasm32::memory_size(0);
    if lines >= LINES_TO_COLLECT || bytes >= BYTES_TO_COLLECT || pages > PAGES.get() {
        // SAFETY: as this function demands of its caller.
        unsafe { qjs::JS_RunGC(runtime) };
        READ.set((0, 0));
        PAGES.set(pages);
    }
}
