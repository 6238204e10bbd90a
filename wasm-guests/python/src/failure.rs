//! Exceptions as failures of the guest ABI, in the author's own lines.

use std::fmt::Write;

use rustpython_vm::{
    AsObject, Py, VirtualMachine,
    builtins::{PyBaseException, PyBaseExceptionRef, PyTraceback},
};
use switchhook_guest::{
    Failure, Status,
    place::{self, Place},
};

use crate::source::FILE_NAME;

unsafe extern "C" {
    /// A symbol of the linker at the low end of the stack. Its address is what counts.
    static __stack_low: u8;
    static __stack_high: u8;
}

/// Most frames that are shown of a deep stack. CPython also shortens repetitions.
const MOST_FRAMES: usize = 50;

/// The failure of an exception that nobody caught.
pub fn of(
    status: Status,
    error: &PyBaseExceptionRef,
    source: &str,
    vm: &VirtualMachine,
) -> Failure {
    let exceptions = &vm.ctx.exceptions;
    let is = |class| error.fast_isinstance(class);
    let status = if is(exceptions.recursion_error) {
        Status::StackOverflow
    } else if is(exceptions.memory_error) {
        Status::OutOfMemory
    } else {
        status
    };
    let frames = frames(error, source);
    let own = syntax_place(error, source, vm);
    // The exception's text repeats the place.
    let message = match is(exceptions.syntax_error) {
        true => text_of(error, "msg", vm),
        false => None,
    };
    let mut message = message.unwrap_or_else(|| message_of(error, vm));
    if message.is_empty() && status == Status::StackOverflow {
        // RustPython gives this reason only for its own limit.
        message.push_str("maximum recursion depth exceeded");
    }
    let mut failure = Failure::new(status, &error.class().name(), message);
    // An error in a text that the function itself compiled has its place in that text.
    let place = match frames.last() {
        Some(frame) => Some(frame.place),
        None => own,
    };
    if let Some(place) = place {
        failure = failure.at(place, source);
    }
    if status == Status::StackOverflow {
        failure = failure.with_limit(stack_bytes());
    }
    failure.with_stack(stack(&frames))
}

/// An exception of the library with all frames, for the log of the build.
pub fn with_all_frames(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let mut text = format!("{}: {}", error.class().name(), message_of(error, vm));
    let mut next = error.__traceback__();
    while let Some(traceback) = next {
        let path = traceback.frame.code.source_path().as_str();
        // Writing to a `String` cannot fail.
        let _ = write!(text, "\n    {path}:{}", traceback.lineno);
        next = traceback.next.lock().clone();
    }
    text
}

/// The failure of a second compilation in the same instance.
pub fn compiled_twice() -> Failure {
    let message = "a function has been compiled into this instance already";
    Failure::new(Status::CompileError, "Error", message)
}

struct Frame {
    name: String,
    place: Place,
}

/// The author's own frames, outermost first.
fn frames(error: &Py<PyBaseException>, source: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut next = error.__traceback__();
    while let Some(traceback) = next {
        frames.extend(frame(&traceback, source));
        next = traceback.next.lock().clone();
    }
    frames
}

fn frame(traceback: &Py<PyTraceback>, source: &str) -> Option<Frame> {
    let code = &traceback.frame.code;
    if code.source_path().as_str() != FILE_NAME {
        return None;
    }
    let column = code
        .locations
        .get(traceback.lasti as usize / 2)
        .map_or(1, |(start, _)| start.character_offset.get());
    Some(Frame {
        name: code.obj_name.as_str().to_owned(),
        // RustPython counts columns in bytes.
        place: place::in_characters(traceback.lineno.get() as u32, column as u32, source),
    })
}

/// One line for each frame, innermost first.
fn stack(frames: &[Frame]) -> String {
    let mut stack = String::new();
    for Frame { name, place } in frames.iter().rev().take(MOST_FRAMES) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            stack,
            "    at {name} ({FILE_NAME}:{}:{})",
            place.line, place.column
        );
    }
    if let Some(rest) = frames.len().checked_sub(MOST_FRAMES + 1) {
        let _ = writeln!(stack, "    … and {} more", rest + 1);
    }
    stack
}

/// The text of an exception; empty if `str` fails.
fn message_of(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    error
        .as_object()
        .str(vm)
        .map(|text| text.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The place that a syntax error names.
fn syntax_place(error: &PyBaseExceptionRef, source: &str, vm: &VirtualMachine) -> Option<Place> {
    if !error.fast_isinstance(vm.ctx.exceptions.syntax_error) {
        return None;
    }
    let number = |name| {
        let value = vm.get_attribute_opt(error.as_object().to_owned(), name);
        value.ok()??.try_to_value::<u32>(vm).ok()
    };
    let line = number("lineno").filter(|line| *line > 0)?;
    let column = number("offset").unwrap_or(1).max(1);
    Some(place::in_characters(line, column, source))
}

fn text_of(error: &PyBaseExceptionRef, name: &'static str, vm: &VirtualMachine) -> Option<String> {
    let value = vm.get_attribute_opt(error.as_object().to_owned(), name);
    let text = value.ok()??.str(vm).ok()?;
    Some(text.to_string_lossy().into_owned())
}

/// The size of the stack in bytes, set in `build.env`.
fn stack_bytes() -> usize {
    (&raw const __stack_high).addr() - (&raw const __stack_low).addr()
}
