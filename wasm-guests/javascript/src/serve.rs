//! `serve`: a program that takes lines and gives lines for as long as the host likes, unlike a function, whose
//! instance ends with its call.

use std::{arch::wasm32, cell::Cell, ptr};

use javy::quickjs::qjs;
use switchhook_guest::{Failure, Status};

use crate::{
    engine, error,
    realm::{self, Text},
    rejection,
    source::Source,
};

/// Bytes asked for at a time. The host gives what is left of the line, and never more than that.
const READ_BYTES: usize = 64 * 1024;

/// The most that is written at once, in bytes: hosts take a bounded amount from a guest at a time.
const WRITE_BYTES: usize = 64 * 1024;

const STDIN: wasip1::Fd = 0;
const STDOUT: wasip1::Fd = 1;

/// Runs a program, a function expression, in a realm of its own; returns the text that it returns.
///
/// # Errors
/// `Exception` if the text is no such program or if it throws, `InvalidResult` if what it returns is no text.
pub fn serve(program: &[u8]) -> Result<String, Failure> {
    let program = str::from_utf8(program).unwrap_or_default();
    engine::with(|ctx| {
        // Nobody asks for them here, and what is remembered of them would keep realms alive.
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

/// The next line without its end, or `null` if there is none and never will be.
///
/// # Safety
/// To be called by QuickJS.
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

/// Writes its argument and the end of a line.
///
/// # Safety
/// To be called by QuickJS, with one argument.
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

/// A host that does not take it ends the program.
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

/// Lines after which circles of garbage are collected at the latest: what many lines share of the work is little, and
/// what they leave behind fits into memory.
const LINES_TO_COLLECT: u32 = 1024;

/// The same for bytes of lines.
const BYTES_TO_COLLECT: usize = 4 * 1024 * 1024;

thread_local! {
    /// Lines and bytes read since garbage was collected, and pages of memory then.
    static READ: Cell<(u32, usize)> = const { Cell::new((0, 0)) };
    static PAGES: Cell<usize> = const { Cell::new(0) };
}

/// Ends the work on a line. Does what promises and `queueMicrotask` left to do, in whichever realm; what fails there
/// concerns nobody. Then collects garbage if there may be much of it.
///
/// # Safety
/// To be called by QuickJS.
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

/// Collects garbage if there may be much of it: QuickJS does so by what it has allocated, and on WASI it does not know.
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
