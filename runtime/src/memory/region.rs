//! The addresses of one memory, and how they become again what its image is.

use std::{io, mem, ops::Range};

use super::{mapping::Mapping, page_bytes};

/// Address space of a memory: all that a guest can name, so that generated code need not check addresses.
pub(crate) const RESERVED_BYTES: usize = 4 << 30;

/// Address space before and after a memory that is never used: for the constant part of an address, and in case
/// generated code ever computed a wrong one. It is what wasmtime has by itself.
pub(crate) const GUARD_BYTES: usize = 32 << 20;

/// Pages that may be compared after every call although they no longer change: comparing so few costs nothing noticeable.
const STALE_PAGES: usize = 32;

/// Calls that may exceed [`STALE_PAGES`] before the memory is mapped anew, where a call wrote to that many pages and changed none of
/// them. Reading a value that is a counted reference does that.
const PATIENCE: u32 = 256;

/// The addresses of one memory, and which of its pages are its own.
pub(crate) struct Region {
    pub(super) mapping: Mapping,
    /// Pages that have been written to since they were mapped, in ascending order. `None` from then until the kernel was
    /// asked: what a call writes to first is not the only thing that can bring pages with it.
    pub(super) written: Option<Vec<usize>>,
    /// How many of them are counted as beyond what every memory keeps.
    pub(super) beyond: usize,
    /// Whether all of them were written to since the last call.
    pub(super) is_fresh: bool,
    /// Calls for which pages may stay stale.
    patience: u32,
}

impl Region {
    /// Where in its mapping the memory begins.
    pub(super) const START: usize = GUARD_BYTES;

    /// Addresses for one memory, nothing in them.
    pub(super) fn reserve() -> io::Result<Self> {
        Ok(Self {
            mapping: Mapping::reserve(GUARD_BYTES + RESERVED_BYTES + GUARD_BYTES)?,
            written: None,
            beyond: 0,
            is_fresh: true,
            patience: 0,
        })
    }

    /// Where in the mapping a range of the memory lies.
    pub(super) fn at(range: Range<usize>) -> Range<usize> {
        Self::START + range.start..Self::START + range.end
    }

    /// Copies the image's pages over those that were written to. False if too many of them have not changed: then the memory is to
    /// be mapped anew.
    pub(super) fn copy_back(&mut self, image: &[u8]) -> bool {
        let written = self.written.as_deref().unwrap_or_default();
        let are_many = written.len() > STALE_PAGES;
        let mut same = 0;
        for page in written {
            let range = page * page_bytes()..(page + 1) * page_bytes();
            let before = &image[range.clone()];
            // SAFETY: the image is mapped there, to be written; the instance that used the memory is gone.
            let now = unsafe { self.mapping.slice_mut(Self::at(range)) };
            if are_many && now == before {
                same += 1;
            } else {
                now.copy_from_slice(before);
            }
        }
        let was_fresh = mem::replace(&mut self.is_fresh, false);
        if same <= STALE_PAGES {
            return true;
        }
        if was_fresh {
            self.patience = PATIENCE;
        }
        let may_stay = self.patience > 0;
        self.patience = self.patience.saturating_sub(1);
        may_stay
    }
}
