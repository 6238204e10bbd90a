//! Address space, and what lies in it. All that can go wrong with raw memory is in here.

use std::{
    fs::File,
    io,
    ops::Range,
    ptr::{self, NonNull},
    slice,
};

use rustix::mm::{
    Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mmap_anonymous, mprotect, munmap,
};

/// A range of addresses of its own. At first touching any of them is a fault.
pub(crate) struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a mapping is no thread's own, and is changed through `&mut` only, but for what the owner of its raw pointer
// does.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Reserves `bytes` of address space, which takes no memory.
    ///
    /// # Errors
    /// If the process has no such room left.
    pub(crate) fn reserve(bytes: usize) -> io::Result<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without an address nothing that exists is replaced.
        let base = unsafe { mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::empty(), flags)? };
        Ok(Self {
            base: NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
            bytes,
        })
    }

    /// Fills a range with a file's content from `offset` on, to be read and written; what is written stays in this
    /// mapping.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub(crate) fn copy_on_write(
        &mut self,
        range: Range<usize>,
        file: &File,
        offset: usize,
    ) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let at = self.at(&range);
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED;
        // SAFETY: the range lies in this mapping, which nobody else refers to while it is borrowed mutably.
        unsafe { mmap(at, range.len(), protection, flags, file, offset as u64)? };
        Ok(())
    }

    /// Lets a range be read and written; it holds zeros if it has not been open before.
    ///
    /// # Errors
    /// If the kernel refuses, for example for want of memory.
    pub(crate) fn open(&mut self, range: Range<usize>) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let at = self.at(&range);
        // SAFETY: the range lies in this mapping.
        unsafe { mprotect(at, range.len(), MprotectFlags::READ | MprotectFlags::WRITE)? };
        Ok(())
    }

    /// Makes a range what it was when it was reserved.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub(crate) fn close(&mut self, range: Range<usize>) -> io::Result<()> {
        let at = self.at(&range);
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
        // SAFETY: the range lies in this mapping, which nobody else refers to while it is borrowed mutably.
        unsafe { mmap_anonymous(at, range.len(), ProtFlags::empty(), flags)? };
        Ok(())
    }

    /// Takes back what was written to a range: it holds again what was mapped there.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub(crate) fn forget(&mut self, range: Range<usize>) -> io::Result<()> {
        let at = self.at(&range);
        // SAFETY: the range lies in this mapping, and is private: what it held was nobody else's.
        unsafe { madvise(at, range.len(), Advice::LinuxDontNeed)? };
        Ok(())
    }

    /// The first address.
    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// What a range holds.
    ///
    /// # Safety
    /// The range must be open or mapped, and nobody may write to it meanwhile through the raw pointer.
    pub(crate) unsafe fn slice(&self, range: Range<usize>) -> &[u8] {
        let at = self.at(&range).cast_const().cast();
        // SAFETY: the range lies in this mapping; the rest is the caller's to see to.
        unsafe { slice::from_raw_parts(at, range.len()) }
    }

    /// The same to be written.
    ///
    /// # Safety
    /// The range must be open or mapped to be written, and nobody may use it meanwhile through the raw pointer.
    pub(crate) unsafe fn slice_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        let at = self.at(&range).cast();
        // SAFETY: the range lies in this mapping; the rest is the caller's to see to.
        unsafe { slice::from_raw_parts_mut(at, range.len()) }
    }

    /// The address of a range's beginning.
    fn at(&self, range: &Range<usize>) -> *mut std::ffi::c_void {
        assert!(range.start <= range.end && range.end <= self.bytes);
        // SAFETY: it lies in this mapping, as was just checked.
        unsafe { self.base.as_ptr().add(range.start) }.cast()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and with it goes the last that may refer to it.
        let unmapped = unsafe { munmap(self.base.as_ptr().cast(), self.bytes) };
        debug_assert!(unmapped.is_ok(), "a whole mapping can be unmapped");
    }
}
