//! Which pages of a memory have been written to, according to the kernel, and whether the kernel can be relied on.
//!
//! Some kernels do not show or count what Linux does, so the start tries each out.

use std::{fs::File, hint::black_box, io, ops::Range, os::unix::fs::FileExt};

use rustix::fs::{MemfdFlags, memfd_create};

use super::{faults::faults, mapping::Mapping, page_bytes};

/// Bits of an entry in the kernel's page map (Documentation/admin-guide/mm/pagemap.rst): the page is in memory, is
/// swapped out, or is a file's or shared.
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_FILE: u64 = 1 << 61;
const ENTRY_BYTES: usize = 8;

/// Bytes of a huge page on x86-64, and on arm64 with pages of 4 KiB. Elsewhere the trial proves less.
pub(super) const HUGE_PAGE_BYTES: usize = 2 << 20;

/// What the kernel can be relied on for.
pub(super) struct Kernel {
    /// The page map. `None` if the kernel does not show it, or shows it wrongly.
    pub(super) page_map: Option<File>,
    /// Whether the kernel counts each page fault of a thread, and gives no page to a mapping without a fault.
    pub(super) counts_faults: bool,
}

impl Kernel {
    pub(super) fn tried_out() -> Self {
        let page_map = File::open("/proc/self/pagemap").ok();
        let tried = try_out(page_map.as_ref()).unwrap_or_default();
        Self {
            page_map: page_map.filter(|_| tried.shows_pages),
            counts_faults: tried.counts_faults && keeps_pages_small().unwrap_or_default(),
        }
    }

    /// Indices of the pages in `range` that are no longer pages of a file. Outside of files, pages that were only read
    /// may be among them. `None` if the kernel does not say.
    pub(super) fn written(&self, mapping: &Mapping, range: Range<usize>) -> Option<Vec<usize>> {
        written(self.page_map.as_ref()?, mapping, range).ok()
    }
}

fn written(page_map: &File, mapping: &Mapping, range: Range<usize>) -> io::Result<Vec<usize>> {
    let first = (mapping.base() as usize + range.start) / page_bytes();
    let mut entries = vec![0; range.len() / page_bytes() * ENTRY_BYTES];
    page_map.read_exact_at(&mut entries, (first * ENTRY_BYTES) as u64)?;
    let (entries, _) = entries.as_chunks();
    let is_written = |entry: &[u8; ENTRY_BYTES]| {
        let entry = u64::from_ne_bytes(*entry);
        entry & (PRESENT | SWAPPED) != 0 && entry & OF_FILE == 0
    };
    let pages = entries.iter().enumerate();
    Ok(pages
        .filter_map(|(page, entry)| is_written(entry).then_some(page))
        .collect())
}

#[derive(Default)]
struct Tried {
    counts_faults: bool,
    shows_pages: bool,
}

/// Writes to the middle of three pages of a file, and checks what the kernel reports. gVisor, for one, reports no page
/// faults at all.
fn try_out(page_map: Option<&File>) -> io::Result<Tried> {
    let page = page_bytes();
    let file = File::from(memfd_create("switchhook-trial", MemfdFlags::CLOEXEC)?);
    file.write_all_at(&vec![1; 3 * page], 0)?;
    let mut mapping = Mapping::reserve(3 * page)?;
    mapping.copy_on_write(0..3 * page, &file, 0)?;
    // SAFETY: the file is mapped there, and nobody else knows of it.
    let pages = unsafe { mapping.slice_mut(0..3 * page) };
    let read = pages.iter().step_by(page).map(|&byte| usize::from(byte));
    black_box(read.sum::<usize>());
    let counts_faults = is_counted(&mut pages[page]);
    let shown = page_map.map(|page_map| written(page_map, &mapping, 0..3 * page));
    Ok(Tried {
        counts_faults,
        shows_pages: matches!(shown, Some(Ok(shown)) if shown == [1]),
    })
}

/// Whether a mapping has no huge pages, as requested, even after an attempt to make one.
fn keeps_pages_small() -> io::Result<bool> {
    let mut mapping = Mapping::reserve(2 * HUGE_PAGE_BYTES)?;
    mapping.open(0..2 * HUGE_PAGE_BYTES)?;
    let start = mapping.base().align_offset(HUGE_PAGE_BYTES);
    let huge = start..start + HUGE_PAGE_BYTES;
    // SAFETY: it is open, and nobody else knows of it.
    let pages = unsafe { mapping.slice_mut(huge.clone()) };
    pages[0] = 1;
    // The attempt may be refused or have no effect.
    mapping.collapse(&huge).ok();
    // SAFETY: as above.
    let pages = unsafe { mapping.slice_mut(huge) };
    Ok(is_counted(&mut pages[page_bytes()]))
}

/// Writes to a page that is not yet the mapping's own. Returns whether the fault was counted.
fn is_counted(byte: &mut u8) -> bool {
    let before = faults();
    *black_box(byte) = 2;
    let after = faults();
    before
        .zip(after)
        .is_some_and(|(before, after)| after > before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_kernel_is_tried_out() {
        let tried = try_out(File::open("/proc/self/pagemap").ok().as_ref()).unwrap();
        let without = try_out(None).unwrap();
        assert!(!without.shows_pages);
        assert_eq!(without.counts_faults, tried.counts_faults);
        assert_eq!(keeps_pages_small().unwrap(), tried.counts_faults);
    }
}
