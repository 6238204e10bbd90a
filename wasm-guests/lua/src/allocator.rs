//! Lua's memory.
//!
//! Lua makes many small things, and says how large each was when it gives it back. So they need no headers: they lie side
//! by side in the order in which they are made, on few pages, and of what is given back there is a list for each size.

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

/// The strictest alignment that Lua wants, and the step between sizes, in bytes.
const STEP: usize = 8;
/// Larger blocks are the C library's own, in bytes. Strings, closures and small tables are smaller.
const MOST_SMALL: usize = 512;
const SIZES: usize = MOST_SMALL / STEP;

/// What is asked of the C library at a time, in bytes. A small call makes do with the one that booting left it.
const PIECE: usize = 32 * 1024;

struct Small {
    /// Room for more blocks, in bytes up to its end.
    room: *mut u8,
    left: usize,
    /// Blocks of each size that were given back. Each begins with the address of the next.
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

    /// What is left of the room before is too small for most, and forgotten.
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

    /// # Safety
    /// The block must be one of [`Self::take`], of so many bytes.
    unsafe fn give_back(&mut self, block: *mut c_void, bytes: usize) {
        let size = (bytes - 1) / STEP;
        // SAFETY: a block has room for an address, and nobody uses it any more.
        unsafe { block.cast::<*mut c_void>().write(self.free[size]) };
        self.free[size] = block;
    }
}

/// Sees to it that a call finds room for what it makes side by side.
pub fn get_room() {
    // SAFETY: one thread, and nobody else is in here.
    let has_room = unsafe { (*SMALL.0.get()).get_room() };
    assert!(has_room, "there is memory for Lua");
}

/// `lua_Alloc`: of a block that is none yet, `bytes_before` is something else.
///
/// # Safety
/// The block must come from here with so many bytes, or be null.
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
            // The block stays, as Lua wants it of an allocation that fails.
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
