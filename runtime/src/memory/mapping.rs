//! Address space and its content. Everything that can go wrong with raw memory is in this file.

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

/// Since Linux 6.1 (`include/uapi/asm-generic/mman-common.h`). Not every C library defines it.
const MADV_COLLAPSE: libc::c_int = 25;

/// A range of addresses. At first, touching any of them is a fault.
///
/// The kernel is asked after each mapping to make no huge pages of it: a huge page contains pages that nobody has
/// touched (see [`super`]).
pub(crate) struct Mapping {
    base: NonNull<u8>,
    bytes: usize,
    /// Whether the kernel has agreed each time.
    is_never_huge: bool,
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
    /// If the process has no room for them.
    pub(crate) fn reserve(bytes: usize) -> io::Result<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: without an address nothing that exists is replaced.
        let base = unsafe { mmap_anonymous(ptr::null_mut(), bytes, ProtFlags::empty(), flags)? };
        let mut mapping = Self {
            base: NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
            bytes,
            is_never_huge: true,
        };
        mapping.forbid_huge_pages(&(0..bytes));
        Ok(mapping)
    }

    /// Whether no part is a huge page, now or later.
    pub(crate) fn is_never_huge(&self) -> bool {
        self.is_never_huge
    }

    /// Asks for no huge pages in a range that was just mapped. A kernel without huge pages refuses, and so does one
    /// that lacks memory. The mapping then still works, but may have pages that nobody has touched.
    fn forbid_huge_pages(&mut self, range: &Range<usize>) {
        let at = self.at(range);
        // SAFETY: the range lies in this mapping, and holds afterwards what it held before.
        let agreed = unsafe { madvise(at, range.len(), Advice::LinuxNoHugepage) };
        self.is_never_huge &= agreed.is_ok();
    }

    /// Makes huge pages of a range, as the kernel may do at any time where they are not forbidden.
    ///
    /// # Errors
    /// If they are forbidden, the range is not whole huge pages, or the kernel is older than Linux 6.1.
    pub(super) fn collapse(&mut self, range: &Range<usize>) -> io::Result<()> {
        let at = self.at(range);
        // SAFETY: the range lies in this mapping, and holds afterwards what it held before.
        match unsafe { libc::madvise(at, range.len(), MADV_COLLAPSE) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Maps a file's content, from `offset` on, to a range for reading and writing. What is written stays in this
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
        self.forbid_huge_pages(&range);
        Ok(())
    }

    /// Makes a range readable and writable. It contains zeros, unless it was open before.
    ///
    /// # Errors
    /// If the kernel refuses, for example for lack of memory.
    pub(crate) fn open(&mut self, range: Range<usize>) -> io::Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        let at = self.at(&range);
        // SAFETY: the range lies in this mapping.
        unsafe { mprotect(at, range.len(), MprotectFlags::READ | MprotectFlags::WRITE)? };
        Ok(())
    }

    /// Makes a range as it was when it was reserved.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub(crate) fn close(&mut self, range: Range<usize>) -> io::Result<()> {
        let at = self.at(&range);
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE | MapFlags::FIXED;
        // SAFETY: the range lies in this mapping, which nobody else refers to while it is borrowed mutably.
        unsafe { mmap_anonymous(at, range.len(), ProtFlags::empty(), flags)? };
        self.forbid_huge_pages(&range);
        Ok(())
    }

    /// Drops what was written to a range, so that it contains the mapped file again.
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

    /// The content of a range.
    ///
    /// # Safety
    /// The range must be open or mapped, and nobody may write to it through the raw pointer meanwhile.
    pub(crate) unsafe fn slice(&self, range: Range<usize>) -> &[u8] {
        let at = self.at(&range).cast_const().cast();
        // SAFETY: the range lies in this mapping; the rest is the caller's to see to.
        unsafe { slice::from_raw_parts(at, range.len()) }
    }

    /// The content of a range, for writing.
    ///
    /// # Safety
    /// The range must be open or mapped for writing, and nobody may use it through the raw pointer meanwhile.
    pub(crate) unsafe fn slice_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        let at = self.at(&range).cast();
        // SAFETY: the range lies in this mapping; the rest is the caller's to see to.
        unsafe { slice::from_raw_parts_mut(at, range.len()) }
    }

    /// The address at which a range begins.
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

#[cfg(test)]
impl Mapping {
    /// Leaves the mapping as after a kernel's refusal to forbid huge pages.
    pub(super) fn allow_huge_pages(&mut self) {
        let at = self.at(&(0..self.bytes));
        // SAFETY: the whole mapping, which holds afterwards what it held before.
        let allowed = unsafe { madvise(at, self.bytes, Advice::LinuxHugepage) };
        // A kernel without huge pages refuses, and nothing need be done.
        allowed.ok();
        self.is_never_huge = false;
    }
}

#[cfg(test)]
mod tests {
    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

    use super::*;
    use crate::memory::page_bytes;

    /// The flags of each of the kernel's mappings in this range (Documentation/filesystems/proc.rst, `VmFlags`).
    fn flags(mapping: &Mapping) -> Vec<String> {
        let within = mapping.base() as usize..mapping.base() as usize + mapping.bytes;
        let mut is_within = false;
        let mut flags = Vec::new();
        for line in std::fs::read_to_string("/proc/self/smaps").unwrap().lines() {
            if let Some((start, _)) = line.split_once('-')
                && let Ok(start) = usize::from_str_radix(start, 16)
            {
                is_within = within.contains(&start);
            } else if is_within && let Some(found) = line.strip_prefix("VmFlags:") {
                flags.push(found.to_owned());
            }
        }
        flags
    }

    #[test]
    fn huge_pages_are_forbidden_whatever_is_mapped() {
        let page = page_bytes();
        let file = File::from(memfd_create("switchhook-test", MemfdFlags::CLOEXEC).unwrap());
        ftruncate(&file, 2 * page as u64).unwrap();
        let mut mapping = Mapping::reserve(8 * page).unwrap();
        mapping.open(page..4 * page).unwrap();
        mapping.copy_on_write(2 * page..4 * page, &file, 0).unwrap();
        mapping.open(4 * page..6 * page).unwrap();
        mapping.close(5 * page..7 * page).unwrap();
        if !mapping.is_never_huge() {
            eprintln!("this kernel has no huge pages to forbid");
            return;
        }
        let flags = flags(&mapping);
        assert_eq!(
            flags.len(),
            5,
            "closed, open, of a file, open, closed: {flags:?}"
        );
        for flags in &flags {
            assert!(flags.split_whitespace().any(|flag| flag == "nh"), "{flags}");
        }
    }
}
