//! Memories in use. A dropped slot becomes ready for the next instance.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    io,
    pin::pin,
    sync::Arc,
};

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::{
    exceptions::Exceptions,
    faults::Mark,
    image::MemoryImage,
    pool::{NoSlot, Pool},
    region::{GUARD_BYTES, RESERVED_BYTES, Region},
};

/// Address space reserved for exceptions. It distinguishes them from linear memory, which reserves much.
pub(crate) const EXCEPTIONS_RESERVED_BYTES: usize = 0;

/// A memory in use. When it is dropped, it becomes ready for the next instance.
pub(crate) struct Slot {
    /// `Some` until the slot is dropped.
    region: Option<Region>,
    image: Arc<MemoryImage>,
    bytes: usize,
    taken: Mark,
}

thread_local! {
    /// The slot for the instance that is being made.
    static NEXT: Cell<Option<Slot>> = const { Cell::new(None) };
}

/// Runs `instantiation` so that the instance gets `slot` as its memory.
pub(crate) async fn handing_over<F: Future>(slot: Slot, instantiation: F) -> F::Output {
    let mut instantiation = pin!(instantiation);
    let mut slot = Some(slot);
    poll_fn(move |context| {
        // Replaces what a panic may have left there.
        drop(NEXT.replace(slot.take()));
        let polled = instantiation.as_mut().poll(context);
        slot = NEXT.take();
        polled
    })
    .await
}

impl MemoryImage {
    /// Takes a memory with this content.
    ///
    /// # Errors
    /// [`NoSlot`] if as many are in use as allowed, or the machine has no room for another.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Slot, NoSlot> {
        let region = self.pool().take(self.id(), || self.mapped())?;
        Ok(Slot {
            region: Some(region),
            bytes: self.bytes(),
            image: Arc::clone(self),
            taken: Mark::now(),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(mut region) = self.region.take() else {
            return;
        };
        let pool = self.image.pool();
        let reset = pool.reset(&mut region, self.image.content(), self.bytes, &self.taken);
        match reset {
            Ok(()) => pool.give_back(self.image.id(), region),
            Err(_) => pool.give_up(region),
        }
    }
}

// SAFETY: the memory begins at a page and has whole pages; what follows up to the end of the address space that
// generated code can reach is reserved and closed, and the base never moves.
unsafe impl LinearMemory for Slot {
    fn byte_size(&self) -> usize {
        self.bytes
    }

    fn byte_capacity(&self) -> usize {
        RESERVED_BYTES
    }

    fn grow_to(&mut self, bytes: usize) -> wasmtime::Result<()> {
        let most = self.image.pool().most_bytes();
        let region = self
            .region
            .as_mut()
            .expect("it is taken out by `drop` only");
        if bytes > most {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
        }
        region.mapping.open(Region::at(self.bytes..bytes))?;
        self.bytes = bytes;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        let region = self
            .region
            .as_ref()
            .expect("it is taken out by `drop` only");
        region.mapping.base().wrapping_add(Region::START)
    }
}

// SAFETY: a memory is given to one instance only, with at least the guards that were asked for. wasmtime wants it
// filled with zeros for the data that it writes itself; a memory that is handed over holds, for a module without data,
// what its data would have made of it, which is what such an instance is defined to begin with. What exceptions are kept
// in is empty at first, and has neither address space nor guard asked for it.
unsafe impl MemoryCreator for Pool {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        _: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved == Some(EXCEPTIONS_RESERVED_BYTES) && minimum == 0 && guard == 0 {
            return Ok(Box::new(Exceptions::default()));
        }
        if reserved.is_none_or(|reserved| reserved > RESERVED_BYTES) || guard > GUARD_BYTES {
            return Err("memories are laid out otherwise than configured".to_owned());
        }
        let slot = NEXT.take().ok_or("no memory was handed over")?;
        if slot.bytes < minimum {
            return Err("the memory handed over is of another module".to_owned());
        }
        Ok(Box::new(slot))
    }
}
