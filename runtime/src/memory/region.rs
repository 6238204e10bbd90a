//! The addresses of one memory, and how their content becomes that of the image again.

use std::{io, mem, ops::Range};

use super::{mapping::Mapping, page_bytes};

/// Address space of a memory: all addresses that a guest can name, so that generated code need not check them.
pub(crate) const RESERVED_BYTES: usize = 4 << 30;

/// Address space before and after a memory that is never used: for constant offsets of addresses, and as a defence
/// against wrong addresses. wasmtime's own default has the same size.
pub(crate) const GUARD_BYTES: usize = 32 << 20;

/// Pages that may be compared after every call although calls no longer change them. Comparing so few takes no
/// noticeable time.
const STALE_PAGES: usize = 32;

/// Calls that may exceed [`STALE_PAGES`] before the memory is mapped anew, if they wrote to that many pages and changed
/// none. Reading reference-counted values does this.
const PATIENCE: u32 = 256;

/// The addresses of one memory, and the list of its own pages.
pub(crate) struct Region {
    pub(super) mapping: Mapping,
    /// Pages that were written to since they were mapped, in ascending order. `None` before the kernel was asked: not
    /// only a call's first write can bring pages.
    pub(super) written: Option<Vec<usize>>,
    /// How many of these pages count beyond what every memory keeps.
    pub(super) beyond: usize,
    /// Whether all of these pages were written to since the last call.
    pub(super) is_fresh: bool,
    /// Calls for which pages may still stay stale.
    patience: u32,
}

impl Region {
    /// Offset of the memory in its mapping.
    pub(super) const START: usize = GUARD_BYTES;

    /// Reserves addresses for one memory.
    pub(super) fn reserve() -> io::Result<Self> {
        Ok(Self {
            mapping: Mapping::reserve(GUARD_BYTES + RESERVED_BYTES + GUARD_BYTES)?,
            written: None,
            beyond: 0,
            is_fresh: true,
            patience: 0,
        })
    }

    /// The range of the mapping for a range of the memory.
    pub(super) fn at(range: Range<usize>) -> Range<usize> {
        Self::START + range.start..Self::START + range.end
    }

    /// Copies the image's pages over the written pages. Returns false if too many of them have not changed. The memory
    /// must then be mapped anew.
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
