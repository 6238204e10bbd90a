//! Memories are given back as if no call had run, on every kernel.

use std::sync::Arc;

use wasmtime::LinearMemory;

use super::{
    MemoryImage, Pool, faults::faults, kernel::HUGE_PAGE_BYTES, page_bytes, region::Region, watched,
};

const BYTES: usize = 64 * 1024;

/// Memories on a kernel that shows less than this one.
fn memories(bytes: usize, counts_faults: bool, shows_pages: bool) -> Arc<Pool> {
    let mut pool = Pool::new(1, bytes);
    pool.kernel.counts_faults &= counts_faults;
    pool.kernel.page_map = pool.kernel.page_map.filter(|_| shows_pages);
    Arc::new(pool)
}

/// A kernel's abilities change how a memory is made ready, but never its content.
#[tokio::test]
async fn a_memory_is_as_its_image_on_every_kernel() {
    for (counts_faults, shows_pages) in [(true, true), (true, false), (false, true), (false, false)]
    {
        let content: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
        let pool = memories(4 * BYTES, counts_faults, shows_pages);
        let image = MemoryImage::new(&pool, &content).unwrap();
        for call in 0..2 * BYTES / page_bytes() {
            watched(async {
                let mut slot = image.take().expect("the one before was given back");
                slot.grow_to(BYTES + page_bytes()).unwrap();
                // SAFETY: so many bytes are open, and nobody else has the memory.
                let memory =
                    unsafe { std::slice::from_raw_parts_mut(slot.as_ptr(), BYTES + page_bytes()) };
                assert!(memory[..BYTES] == content, "call {call}");
                assert!(memory[BYTES..].iter().all(|&byte| byte == 0), "call {call}");
                memory[call * page_bytes() % BYTES] = 252;
                memory[BYTES] = 1;
            })
            .await;
        }
    }
}

/// Runs `work` as a call in a memory of the image.
async fn call(image: &Arc<MemoryImage>, work: impl FnOnce(&mut [u8])) {
    watched(async {
        let slot = image.take().expect("the one before was given back");
        // SAFETY: so many bytes are mapped, and nobody else has the memory.
        work(unsafe { std::slice::from_raw_parts_mut(slot.as_ptr(), image.bytes()) });
    })
    .await;
}

/// Makes huge pages of an idle memory, as the kernel may at any time. Returns the address of the first, and whether it
/// was made.
fn collapse(pool: &Pool, bytes: usize, is_allowed: bool) -> (usize, bool) {
    let (_, region) = &mut pool.regions().idle[0];
    if is_allowed {
        region.mapping.allow_huge_pages();
    }
    let start = region.mapping.base().wrapping_add(Region::START);
    let first = start.align_offset(HUGE_PAGE_BYTES);
    let huge = (first..=bytes - HUGE_PAGE_BYTES).step_by(HUGE_PAGE_BYTES);
    let collapsed: Vec<_> = huge
        .map(|at| {
            region
                .mapping
                .collapse(&Region::at(at..at + HUGE_PAGE_BYTES))
        })
        .collect();
    eprintln!("huge pages allowed: {is_allowed}, made: {collapsed:?}");
    (first, collapsed[0].is_ok())
}

#[tokio::test]
async fn no_call_finds_what_another_wrote_to_a_huge_page() {
    const BYTES: usize = 3 * HUGE_PAGE_BYTES;
    let page = page_bytes();
    for (is_allowed, shows_pages) in [(false, true), (true, true), (true, false)] {
        // One content with a file, one without.
        for content in [vec![7; BYTES], vec![0; BYTES]] {
            let is_in_file = content[0] != 0;
            let pool = memories(BYTES, true, shows_pages);
            let image = MemoryImage::new(&pool, &content).unwrap();
            // In a file, only ranges that nobody has written to become huge.
            let written = if is_in_file { HUGE_PAGE_BYTES } else { BYTES };
            let write = |memory: &mut [u8], page: usize| {
                let starts = (0..memory.len()).step_by(HUGE_PAGE_BYTES);
                starts.for_each(|start| memory[start + page * page_bytes()] = 252);
            };
            call(&image, |memory| write(&mut memory[..written], 1)).await;
            let (first, is_collapsed) = collapse(&pool, BYTES, is_allowed);
            assert!(is_allowed || !is_collapsed, "it was forbidden");
            // Any other page fault would also make the pool ask the kernel.
            call(&image, |memory| {
                let before = faults();
                memory[first + 3 * page] = 252;
                if is_collapsed && shows_pages {
                    assert_eq!(faults(), before, "this is about writes without a fault");
                }
            })
            .await;
            call(&image, |memory| assert!(memory == content)).await;
            call(&image, |memory| write(memory, 5)).await;
            call(&image, |memory| assert!(memory == content)).await;
        }
    }
}

/// Like locked memory, to which the kernel gives all pages at once.
#[tokio::test]
async fn pages_that_were_there_before_the_first_call_are_found() {
    let pool = memories(BYTES, true, true);
    let image = MemoryImage::new(&pool, &[7; BYTES]).unwrap();
    // Twice, so that in the second run only the memory can be new to this thread.
    let spoil = |memory: &mut [u8]| memory[0] = 252;
    call(&image, spoil).await;
    {
        let (_, region) = &mut pool.regions().idle[0];
        // SAFETY: the image is mapped there, and no instance has the memory.
        unsafe { region.mapping.slice_mut(Region::at(0..BYTES)) }.fill(7);
        region.written = None;
    }
    call(&image, spoil).await;
    call(&image, |memory| assert!(memory == [7; BYTES])).await;
}
