//! Memories in use, and how one becomes again what its image is.

use std::{
    cell::Cell,
    fs::File,
    future::{Future, poll_fn},
    io,
    ops::Range,
    os::unix::fs::FileExt,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use super::{faults::Mark, image::MemoryImage, mapping::Mapping, page_bytes};

/// Address space of a memory: all that a guest can name, so that generated code need not check addresses.
pub(crate) const RESERVED_BYTES: usize = 4 << 30;

/// Address space before and after a memory that is never used: for the constant part of an address, and in case
/// generated code ever computed a wrong one. It is what wasmtime has by itself.
pub(crate) const GUARD_BYTES: usize = 32 << 20;

/// Pages written to that are copied back one by one. Beyond that, letting the kernel drop all of them is cheaper, though
/// the next call pays with as many page faults.
const COPIED_PAGES: usize = 512;

/// Pages that an earlier call wrote to and this one did not, for which it makes no difference yet that they are
/// compared every time.
const STALE_PAGES: usize = 32;

/// An entry of the kernel's page map (Documentation/admin-guide/mm/pagemap.rst): the page is in memory or swapped out,
/// and it is a page of a file, or shared.
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_FILE: u64 = 1 << 61;
const ENTRY_BYTES: usize = 8;

/// All memories of one engine.
pub(crate) struct Memories {
    most: usize,
    most_bytes: usize,
    rooms: AtomicUsize,
    images: Mutex<Vec<Weak<MemoryImage>>>,
    /// `None` where the kernel does not show it.
    page_map: Option<File>,
}

/// Why there is no memory to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSlot {
    /// As many instances exist as may.
    #[error("all memories are in use")]
    AllInUse,
    /// The machine's own words.
    #[error("the machine has no room for another memory")]
    NoRoom(#[source] io::Error),
}

/// The addresses of one memory, and which of its pages are its own.
pub(crate) struct Room {
    pub(super) mapping: Mapping,
    /// Pages that have been written to since they were mapped, in ascending order.
    written: Vec<usize>,
    memories: Arc<Memories>,
}

/// A memory in use. Dropping it makes it ready for the next one.
pub(crate) struct Slot {
    /// There until it is dropped.
    room: Option<Room>,
    image: Arc<MemoryImage>,
    bytes: usize,
    taken: Mark,
}

thread_local! {
    /// For the instance that is being made.
    static NEXT: Cell<Option<Slot>> = const { Cell::new(None) };
}

/// Runs `instantiation` so that the memory it makes is `slot`.
pub(crate) async fn handing_over<F: Future>(slot: Slot, instantiation: F) -> F::Output {
    let mut instantiation = pin!(instantiation);
    let mut slot = Some(slot);
    poll_fn(move |context| {
        let others = NEXT.replace(slot.take());
        let polled = instantiation.as_mut().poll(context);
        slot = NEXT.replace(others);
        polled
    })
    .await
}

impl Memories {
    /// At most `most` memories at one time, none larger than `most_bytes`.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            rooms: AtomicUsize::new(0),
            images: Mutex::default(),
            page_map: File::open("/proc/self/pagemap").ok(),
        }
    }

    pub(super) fn remember(&self, image: &Arc<MemoryImage>) {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        images.retain(|image| image.strong_count() > 0);
        images.push(Arc::downgrade(image));
    }

    /// Makes room for one more by giving up a memory that is not in use.
    fn give_up_one(&self) -> Option<Room> {
        let images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        let images: Vec<_> = images.iter().filter_map(Weak::upgrade).collect();
        images.iter().find_map(|image| image.take_idle())
    }

    /// The pages of `range`, counted from its beginning, that are no longer those of a file.
    fn written(&self, mapping: &Mapping, range: Range<usize>) -> io::Result<Vec<usize>> {
        let page_map = self.page_map.as_ref().ok_or(io::ErrorKind::Unsupported)?;
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
}

impl Room {
    pub(super) fn new(memories: &Arc<Memories>) -> Result<Self, NoSlot> {
        loop {
            let rooms = memories.rooms.fetch_add(1, Ordering::Relaxed);
            if rooms < memories.most {
                break;
            }
            memories.rooms.fetch_sub(1, Ordering::Relaxed);
            memories.give_up_one().ok_or(NoSlot::AllInUse)?;
        }
        match Mapping::reserve(GUARD_BYTES + RESERVED_BYTES + GUARD_BYTES) {
            Ok(mapping) => Ok(Self {
                mapping,
                written: Vec::new(),
                memories: Arc::clone(memories),
            }),
            Err(error) => {
                memories.rooms.fetch_sub(1, Ordering::Relaxed);
                Err(NoSlot::NoRoom(error))
            }
        }
    }

    /// Where in the mapping a range of the memory lies.
    pub(super) fn at(&self, range: Range<usize>) -> Range<usize> {
        GUARD_BYTES + range.start..GUARD_BYTES + range.end
    }

    /// Makes the memory what `image` is, after it has been used with `bytes`.
    fn reset(&mut self, image: &MemoryImage, bytes: usize, taken: &Mark) -> io::Result<()> {
        if bytes > image.bytes() {
            self.mapping.close(self.at(image.bytes()..bytes))?;
        }
        let all = self.at(0..image.bytes());
        if taken.may_have_faulted() {
            match self.memories.written(&self.mapping, all.clone()) {
                Ok(written) => self.written = written,
                Err(_) => return self.mapping.forget(all),
            }
        }
        if self.written.len() > COPIED_PAGES || self.copy_back(image) > STALE_PAGES {
            self.written.clear();
            self.mapping.forget(all)?;
        }
        Ok(())
    }

    /// Copies the image's pages to where others were written. If these are many, it counts those that are the same
    /// nevertheless.
    fn copy_back(&mut self, image: &MemoryImage) -> usize {
        let are_many = self.written.len() > STALE_PAGES;
        let mut same = 0;
        for page in &self.written {
            let range = page * page_bytes()..(page + 1) * page_bytes();
            let before = &image.content()[range.clone()];
            let range = self.at(range);
            // SAFETY: the image is mapped there, to be written; the instance that used the memory is gone.
            let now = unsafe { self.mapping.slice_mut(range) };
            if are_many && now == before {
                same += 1;
            } else {
                now.copy_from_slice(before);
            }
        }
        same
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.memories.rooms.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Slot {
    pub(super) fn new(room: Room, image: Arc<MemoryImage>) -> Self {
        Self {
            room: Some(room),
            bytes: image.bytes(),
            image,
            taken: Mark::now(),
        }
    }

    fn room(&self) -> &Room {
        self.room.as_ref().expect("it is taken out by `drop` only")
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(mut room) = self.room.take() else {
            return;
        };
        // A memory that cannot be reset is given up.
        if room.reset(&self.image, self.bytes, &self.taken).is_ok() {
            self.image.give_back(room);
        }
    }
}

// SAFETY: the memory begins at a page and has whole pages; what follows up to the end of the address space that
// generated code can reach is reserved and closed, and the base never moves.
unsafe impl LinearMemory for Slot {
    fn byte_size(&self) -> usize {
        self.bytes
    }

    fn byte_capacity(&self) -> usize {
        RESERVED_BYTES
    }

    fn grow_to(&mut self, bytes: usize) -> wasmtime::Result<()> {
        let old = self.bytes;
        let room = self.room.as_mut().expect("it is taken out by `drop` only");
        if bytes > room.memories.most_bytes {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory).into());
        }
        room.mapping.open(room.at(old..bytes))?;
        self.bytes = bytes;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.room().mapping.base().wrapping_add(GUARD_BYTES)
    }
}

// SAFETY: a memory is given to one instance only, with at least the guards that were asked for. wasmtime wants it
// filled with zeros for the data that it writes itself; a memory that is handed over holds, for a module without data,
// what its data would have made of it, which is what such an instance is defined to begin with.
unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        _: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if reserved.is_none_or(|reserved| reserved > RESERVED_BYTES) || guard > GUARD_BYTES {
            return Err("memories are laid out otherwise than configured".to_owned());
        }
        let slot = NEXT.take().ok_or("no memory was handed over")?;
        if slot.bytes < minimum {
            return Err("the memory handed over is of another module".to_owned());
        }
        Ok(Box::new(slot))
    }
}
