//! Lua's allocator.
//!
//! Lua allocates many small blocks and gives the size of each when it frees the block. So blocks need no headers. They
//! lie side by side in the order of allocation, on few pages, and freed blocks are in a list for their size.

use std::{
    cell::UnsafeCell,
    ffi::c_void,
    ptr::{self, null_mut},
};

unsafe extern "C" {
    fn malloc(bytes: usize) -> *mut c_void;
    fn realloc(block: *mut c_void, bytes: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

/// Lua's strictest alignment and the step between sizes, in bytes.
const STEP: usize = 8;
/// Largest small block, in bytes. Larger blocks come from the C library. Strings, closures and small tables are small.
const MOST_SMALL: usize = 512;
const SIZES: usize = MOST_SMALL / STEP;

/// Bytes asked of the C library at a time. A small call fits into the piece that booting left it.
const PIECE: usize = 32 * 1024;

struct Small {
    /// Start of the room for more blocks.
    room: *mut u8,
    left: usize,
    /// The free blocks of each size. Each block begins with the address of the next.
    free: [*mut c_void; SIZES],
}

struct Shared(UnsafeCell<Small>);

// SAFETY: the module has one thread.
unsafe impl Sync for Shared {}

static SMALL: Shared = Shared(UnsafeCell::new(Small {
    room: null_mut(),
    left: 0,
    free: [null_mut(); SIZES],
}));

impl Small {
    /// Takes a block from its list or from the room.
    ///
    /// # Safety
    /// `bytes` must be from 1 to [`MOST_SMALL`].
    unsafe fn take(&mut self, bytes: usize) -> *mut c_void {
        let size = (bytes - 1) / STEP;
        let block = self.free[size];
        if !block.is_null() {
            // SAFETY: what is free begins with the address of the next.
            self.free[size] = unsafe { block.cast::<*mut c_void>().read() };
            return block;
        }
        let bytes = (size + 1) * STEP;
        if self.left < bytes && !self.get_room() {
            return null_mut();
        }
        let block = self.room;
        // SAFETY: there is as much room.
        self.room = unsafe { block.add(bytes) };
        self.left -= bytes;
        block.cast()
    }

    /// Gets another piece. The rest of the room is too small for most blocks, and is lost.
    #[cold]
    fn get_room(&mut self) -> bool {
        // SAFETY: nothing is asked of its caller.
        let room = unsafe { malloc(PIECE) };
        if room.is_null() {
            return false;
        }
        self.room = room.cast();
        self.left = PIECE;
        true
    }

    /// Puts a block into the list of its size.
    ///
    /// # Safety
    /// [`Self::take`] must have returned the block for the same number of bytes.
    unsafe fn give_back(&mut self, block: *mut c_void, bytes: usize) {
        let size = (bytes - 1) / STEP;
        // SAFETY: a block has room for an address, and nobody uses it any more.
        unsafe { block.cast::<*mut c_void>().write(self.free[size]) };
        self.free[size] = block;
    }
}

/// Gets a new piece, so that the blocks of a call lie side by side.
pub fn get_room() {
    // SAFETY: one thread, and nobody else is in here.
    let has_room = unsafe { (*SMALL.0.get()).get_room() };
    assert!(has_room, "there is memory for Lua");
}

/// `lua_Alloc`. Without a block, `bytes_before` is not a size.
///
/// # Safety
/// The block must come from here, for the same number of bytes, or be null.
pub unsafe extern "C" fn allocate(
    _: *mut c_void,
    block: *mut c_void,
    bytes_before: usize,
    bytes: usize,
) -> *mut c_void {
    let before = if block.is_null() { 0 } else { bytes_before };
    let is_small = |bytes| (1..=MOST_SMALL).contains(&bytes);
    // SAFETY: one thread, and nothing that is called here comes back; blocks are as this function demands of its caller,
    // and each size goes to where it came from.
    unsafe {
        let small = &mut *SMALL.0.get();
        if before > MOST_SMALL && bytes > MOST_SMALL {
            return realloc(block, bytes);
        }
        if is_small(before) && is_small(bytes) && (before - 1) / STEP == (bytes - 1) / STEP {
            return block;
        }
        let moved = match bytes {
            0 => null_mut(),
            1..=MOST_SMALL => small.take(bytes),
            _ => malloc(bytes),
        };
        if bytes > 0 && moved.is_null() {
            // The block stays valid: Lua expects this of a failed allocation.
            return moved;
        }
        if before > 0 {
            ptr::copy_nonoverlapping(block.cast::<u8>(), moved.cast(), before.min(bytes));
            if is_small(before) {
                small.give_back(block, before);
            } else {
                free(block);
            }
        }
        moved
    }
}
