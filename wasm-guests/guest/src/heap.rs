//! Where a call's allocations lie. The host restores every page that a call has written to, so a call should write to
//! few pages.

use std::{hint::black_box, mem};

/// Larger than any hole, in bytes: a block of this size comes from the free end of the heap.
const LARGE: usize = 64 * 1024;

/// Smallest block and step between sizes, in bytes: the allocator's own granularity.
const STEP: usize = 8;

/// Allocates every hole that booting left in the heap, for good. Later allocations then come from the free end of the
/// heap, one behind the other.
pub fn fill_holes() {
    let end = address_of(&block(LARGE));
    // From large to small, so that no hole is cut into pieces before one that fills it was tried.
    for bytes in (STEP..LARGE).rev().step_by(STEP) {
        loop {
            let filler = block(bytes);
            if address_of(&filler) >= end {
                break;
            }
            mem::forget(filler);
        }
    }
}

fn block(bytes: usize) -> Vec<u8> {
    // Without `black_box`, the compiler removes an allocation that nobody uses.
    black_box(Vec::with_capacity(bytes))
}

fn address_of(block: &Vec<u8>) -> usize {
    block.as_ptr() as usize
}
