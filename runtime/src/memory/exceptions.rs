//! Memory for the exceptions that a guest throws. wasmtime calls it the heap of the garbage collector. It lies beside
//! linear memory.
//!
//! This engine collects nothing: a language's exception is an address in linear memory and little more, and the call's
//! end frees it. A guest that throws without end reaches its memory limit. A module without exceptions has no such
//! heap, and the heap is empty before the first exception.

use std::{collections::TryReserveError, sync::atomic::AtomicU64};

use wasmtime::LinearMemory;

/// As large as the strictest alignment in an exception, that of a vector.
#[derive(Default)]
#[repr(C, align(16))]
struct Block([AtomicU64; 2]);

/// The exceptions of one instance. Generated code checks each address, so the heap needs no guards and may move.
#[derive(Default)]
pub(super) struct Exceptions(Vec<Block>);

impl Exceptions {
    fn grow(&mut self, bytes: usize) -> Result<(), TryReserveError> {
        let blocks = bytes.div_ceil(size_of::<Block>());
        let more = blocks.saturating_sub(self.0.len());
        self.0.try_reserve_exact(more)?;
        self.0.resize_with(self.0.len() + more, Block::default);
        Ok(())
    }
}

// SAFETY: the blocks are as aligned as what is kept in them, filled with zeros, and stay where they are until `grow_to`.
// They can be changed through a shared reference, as generated code does.
unsafe impl LinearMemory for Exceptions {
    fn byte_size(&self) -> usize {
        self.0.len() * size_of::<Block>()
    }

    fn byte_capacity(&self) -> usize {
        self.byte_size()
    }

    fn grow_to(&mut self, bytes: usize) -> wasmtime::Result<()> {
        Ok(self.grow(bytes)?)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.as_ptr().cast_mut().cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_by_zeros_and_keeps_what_it_holds() {
        let mut exceptions = Exceptions::default();
        assert_eq!(exceptions.byte_size(), 0);
        exceptions.grow_to(65_536).unwrap();
        // SAFETY: so many bytes are there, and nobody else has them.
        unsafe { exceptions.as_ptr().add(65_535).write(7) };
        exceptions.grow_to(3 * 65_536).unwrap();
        // SAFETY: as above.
        let held = unsafe { std::slice::from_raw_parts(exceptions.as_ptr(), 3 * 65_536) };
        assert!(
            exceptions
                .as_ptr()
                .addr()
                .is_multiple_of(align_of::<Block>())
        );
        assert_eq!(held[65_535], 7);
        assert_eq!(held.iter().filter(|&&byte| byte != 0).count(), 1);
    }

    #[test]
    fn more_than_there_is_is_refused() {
        let mut exceptions = Exceptions::default();
        assert!(exceptions.grow_to(usize::MAX / 2).is_err());
        assert_eq!(exceptions.byte_size(), 0);
    }
}
