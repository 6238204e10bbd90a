//! Stacks of guests, kept for the next call.

use std::{
    collections::VecDeque,
    io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use wasmtime::{StackCreator, StackMemory};

use super::Mapping;

/// Bytes below every stack: an overflow faults here. Larger than the frame of any host function.
const GUARD_BYTES: usize = 64 * 1024;

/// Bytes at the top of a stack that stay in memory for the next call. A call of some depth fits.
const RESIDENT_BYTES: usize = 64 * 1024;

/// Calls between two releases of the deeper part. A release takes about a microsecond.
const CALLS_BETWEEN_TRIMS: u32 = 256;

/// Idle stacks. There are never more than calls at one time.
#[derive(Default)]
pub(crate) struct Stacks(Arc<Mutex<VecDeque<Idle>>>);

struct Idle {
    mapping: Mapping,
    calls: u32,
}

/// A stack in use.
struct Stack {
    /// `Some` until the stack is dropped.
    memory: Option<Idle>,
    bytes: usize,
    idle: Arc<Mutex<VecDeque<Idle>>>,
}

// SAFETY: a stack is given to one fibre at a time, begins and ends at a page, and has a guard below it. It is not filled
// with zeros again: what earlier host functions left there no guest can read.
unsafe impl StackCreator for Stacks {
    fn new_stack(&self, bytes: usize, zeroed: bool) -> wasmtime::Result<Box<dyn StackMemory>> {
        if zeroed {
            return Err(wasmtime::Error::msg("stacks are not zeroed"));
        }
        let idle = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_back();
        let memory = match idle {
            // All stacks of an engine have one size.
            Some(memory) => memory,
            None => Idle {
                mapping: new_mapping(bytes)?,
                calls: 0,
            },
        };
        Ok(Box::new(Stack {
            memory: Some(memory),
            bytes,
            idle: Arc::clone(&self.0),
        }))
    }
}

fn new_mapping(bytes: usize) -> io::Result<Mapping> {
    let mut mapping = Mapping::reserve(GUARD_BYTES + bytes)?;
    mapping.open(GUARD_BYTES..GUARD_BYTES + bytes)?;
    Ok(mapping)
}

impl Stack {
    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part of the stack that need not stay in memory.
    fn deep(&self) -> Range<usize> {
        GUARD_BYTES..GUARD_BYTES + self.bytes.saturating_sub(RESIDENT_BYTES)
    }

    fn base(&self) -> *mut u8 {
        let memory = self.memory.as_ref();
        let memory = memory.expect("it is taken out by `drop` only");
        memory.mapping.base()
    }
}

// SAFETY: as above.
unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        self.base().wrapping_add(GUARD_BYTES + self.bytes)
    }

    fn range(&self) -> Range<usize> {
        let top = self.top() as usize;
        top - self.bytes..top
    }

    fn guard_range(&self) -> Range<*mut u8> {
        self.base()..self.base().wrapping_add(GUARD_BYTES)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let Some(mut memory) = self.memory.take() else {
            return;
        };
        memory.calls += 1;
        if memory.calls == CALLS_BETWEEN_TRIMS {
            memory.calls = 0;
            // The stack that has been idle for longest goes too, so that none keeps its memory for ever.
            let longest = self.idle().pop_front();
            for mut memory in longest.into_iter().chain([memory]) {
                if memory.mapping.forget(self.deep()).is_ok() {
                    self.idle().push_back(memory);
                }
            }
        } else {
            self.idle().push_back(memory);
        }
    }
}
