//! `cabi_realloc`, by which the host gets room for the texts that it writes.

use std::alloc::{self, Layout};

/// # Safety
/// `old` must come from here, with `old_bytes` and the same `alignment`, or `old_bytes` be 0.
#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_bytes: usize,
    alignment: usize,
    bytes: usize,
) -> *mut u8 {
    let Ok(layout) = Layout::from_size_align(bytes, alignment) else {
        return std::ptr::null_mut();
    };
    match (old_bytes, bytes) {
        // Nobody will write there: any aligned address will do.
        (0, 0) => std::ptr::without_provenance_mut(alignment),
        // SAFETY: the size is not 0.
        (0, _) => unsafe { alloc::alloc(layout) },
        // SAFETY: as this function demands of its caller; neither size is 0, or the block is freed below.
        (_, 1..) => unsafe {
            let old_layout = Layout::from_size_align_unchecked(old_bytes, alignment);
            alloc::realloc(old, old_layout, bytes)
        },
        // SAFETY: as above.
        (_, 0) => unsafe {
            alloc::dealloc(old, Layout::from_size_align_unchecked(old_bytes, alignment));
            std::ptr::without_provenance_mut(alignment)
        },
    }
}
