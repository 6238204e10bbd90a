//! The addresses of memories: which are idle, how many there are, and how one becomes again what its image is.

use std::{
    collections::VecDeque,
    fs::File,
    hint::black_box,
    io, mem,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rustix::fs::{MemfdFlags, memfd_create};

use super::{
    faults::{Mark, faults},
    image::MemoryImage,
    mapping::Mapping,
    page_bytes,
};

/// Address space of a memory: all that a guest can name, so that generated code need not check addresses.
pub(crate) const RESERVED_BYTES: usize = 4 << 30;

/// Address space before and after a memory that is never used: for the constant part of an address, and in case
/// generated code ever computed a wrong one. It is what wasmtime has by itself.
pub(crate) const GUARD_BYTES: usize = 32 << 20;

/// Pages written to that every memory keeps for its next call, which else pays with as many page faults.
const KEPT_PAGES: usize = 512;

/// What all memories of an engine may keep beyond that: some 256 MiB, for functions that go through large tables.
const KEPT_BEYOND_PAGES: usize = 65_536;

/// Pages that were written to once and hold what they held before, for which it makes no difference yet that every call
/// compares them.
const STALE_PAGES: usize = 32;

/// Calls for which more of them are put up with, where a call has left so many as they were and yet written to each.
/// Values that are counted references do that when they are looked at.
const PATIENCE: u32 = 256;

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
    rooms: Mutex<Rooms>,
    kept_beyond: AtomicUsize,
    images: AtomicUsize,
    /// `None` where the kernel does not show it, or not as it is.
    page_map: Option<File>,
    /// Whether the kernel counts page faults: not every one that says a number does.
    counts_faults: bool,
}

#[derive(Default)]
struct Rooms {
    /// In use, idle or being made.
    count: usize,
    /// Each under its image's name; the one that has been idle longest is the first.
    idle: VecDeque<(u64, Room)>,
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
    /// How many of them are counted as beyond [`KEPT_PAGES`].
    beyond: usize,
    /// Whether all of them were written to since the last call.
    is_fresh: bool,
    /// Calls for which pages may stay stale.
    patience: u32,
}

impl Memories {
    /// At most `most` memories at one time, none larger than `most_bytes`.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        let page_map = File::open("/proc/self/pagemap").ok();
        let tried = try_out(page_map.as_ref()).unwrap_or_default();
        Self {
            most,
            most_bytes,
            rooms: Mutex::default(),
            kept_beyond: AtomicUsize::new(0),
            images: AtomicUsize::new(0),
            page_map: page_map.filter(|_| tried.shows_pages),
            counts_faults: tried.counts_faults,
        }
    }

    /// What no memory may be larger than, in bytes.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// A room of the image that is named, or one that `make` makes, if need be in place of others' that are idle.
    pub(super) fn take(
        &self,
        image: u64,
        make: impl Fn() -> io::Result<Room>,
    ) -> Result<Room, NoSlot> {
        let replaced = {
            let mut rooms = self.rooms();
            if let Some(found) = rooms.idle.iter().rposition(|(of, _)| *of == image)
                && let Some((_, room)) = rooms.idle.remove(found)
            {
                return Ok(room);
            }
            if rooms.count < self.most {
                rooms.count += 1;
                None
            } else {
                // Whoever gives one up hands its place over.
                Some(rooms.idle.pop_front().ok_or(NoSlot::AllInUse)?)
            }
        };
        if let Some((_, room)) = replaced {
            self.drop_room(room);
        }
        loop {
            match make() {
                Ok(room) => return Ok(room),
                Err(error) => match self.remove_idle(|_| true) {
                    Some(room) => self.drop_room(room),
                    None => {
                        self.rooms().count -= 1;
                        return Err(NoSlot::NoRoom(error));
                    }
                },
            }
        }
    }

    /// Takes back a room that holds its image's content and nothing else.
    pub(super) fn give_back(&self, image: u64, room: Room) {
        self.rooms().idle.push_back((image, room));
    }

    /// There is one room less.
    pub(super) fn give_up(&self, room: Room) {
        self.rooms().count -= 1;
        self.drop_room(room);
    }

    /// How many images there are.
    pub(super) fn images(&self) -> usize {
        self.images.load(Ordering::Relaxed)
    }

    /// There is one image more.
    pub(super) fn count_image(&self) {
        self.images.fetch_add(1, Ordering::Relaxed);
    }

    /// Gives up all rooms of an image that is no more.
    pub(super) fn forget(&self, image: u64) {
        self.images.fetch_sub(1, Ordering::Relaxed);
        while let Some(room) = self.remove_idle(|of| of == image) {
            self.drop_room(room);
        }
    }

    /// The one of those that are meant that has been idle longest.
    fn remove_idle(&self, is_meant: impl Fn(u64) -> bool) -> Option<Room> {
        let mut rooms = self.rooms();
        let found = rooms.idle.iter().position(|(of, _)| is_meant(*of))?;
        let (_, room) = rooms.idle.remove(found)?;
        rooms.count -= 1;
        Some(room)
    }

    fn drop_room(&self, mut room: Room) {
        self.may_keep(&mut room, 0);
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what a room keeps, and says whether it may.
    fn may_keep(&self, room: &mut Room, pages: usize) -> bool {
        let beyond = pages.saturating_sub(KEPT_PAGES);
        if beyond != room.beyond {
            self.kept_beyond.fetch_add(beyond, Ordering::Relaxed);
            self.kept_beyond.fetch_sub(room.beyond, Ordering::Relaxed);
            room.beyond = beyond;
        }
        beyond == 0 || self.kept_beyond.load(Ordering::Relaxed) <= KEPT_BEYOND_PAGES
    }

    /// Makes a memory what `image` is, after it has been used with `bytes` since `taken`.
    ///
    /// # Errors
    /// If the kernel refuses: then the room may hold anything.
    pub(super) fn reset(
        &self,
        room: &mut Room,
        image: &MemoryImage,
        bytes: usize,
        taken: &Mark,
    ) -> io::Result<()> {
        if bytes > image.bytes() {
            room.mapping.close(Room::at(image.bytes()..bytes))?;
        }
        let all = Room::at(0..image.bytes());
        let is_known = if self.counts_faults && !taken.may_have_faulted() {
            true
        } else if let Some(page_map) = &self.page_map
            && let Ok(written) = written(page_map, &room.mapping, all.clone())
        {
            room.written = written;
            true
        } else {
            false
        };
        let pages = room.written.len();
        if !is_known || !self.may_keep(room, pages) || !room.copy_back(image) {
            room.written.clear();
            room.is_fresh = true;
            self.may_keep(room, 0);
            room.mapping.forget(all)?;
        }
        Ok(())
    }
}

impl Room {
    /// Where in its mapping the memory begins.
    pub(super) const START: usize = GUARD_BYTES;

    /// Addresses for one memory, nothing in them.
    pub(super) fn reserve() -> io::Result<Self> {
        Ok(Self {
            mapping: Mapping::reserve(GUARD_BYTES + RESERVED_BYTES + GUARD_BYTES)?,
            written: Vec::new(),
            beyond: 0,
            is_fresh: true,
            patience: 0,
        })
    }

    /// Where in the mapping a range of the memory lies.
    pub(super) fn at(range: Range<usize>) -> Range<usize> {
        Self::START + range.start..Self::START + range.end
    }

    /// Copies the image's pages to where others were written. False if it looked at too many that no call writes to
    /// any more.
    fn copy_back(&mut self, image: &MemoryImage) -> bool {
        let are_many = self.written.len() > STALE_PAGES;
        let mut same = 0;
        for page in &self.written {
            let range = page * page_bytes()..(page + 1) * page_bytes();
            let before = &image.content()[range.clone()];
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

/// The pages of `range`, counted from its beginning, that are no longer those of a file. Where there is no file, pages
/// that have been read may be among them.
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

/// What the kernel can be relied upon for.
#[derive(Default)]
struct Tried {
    counts_faults: bool,
    shows_pages: bool,
}

/// Writes to the middle one of three pages of a file, and sees whether the kernel tells. gVisor, for one, answers that a
/// thread has had no page faults, however many there were.
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
    let before = faults();
    *black_box(&mut pages[page]) = 2;
    let after = faults();
    let shown = page_map.map(|page_map| written(page_map, &mapping, 0..3 * page));
    Ok(Tried {
        counts_faults: before
            .zip(after)
            .is_some_and(|(before, after)| after > before),
        shows_pages: matches!(shown, Some(Ok(shown)) if shown == [1]),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wasmtime::LinearMemory;

    use super::*;
    use crate::memory::watched;

    const BYTES: usize = 64 * 1024;

    /// What a kernel can be relied upon for changes how a memory is made ready, and never what it holds then.
    #[tokio::test]
    async fn a_memory_is_as_its_image_on_every_kernel() {
        for (counts_faults, shows_pages) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let mut memories = Memories::new(1, 4 * BYTES);
            memories.counts_faults &= counts_faults;
            memories.page_map = memories.page_map.filter(|_| shows_pages);
            let content: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
            let image = MemoryImage::new(&Arc::new(memories), &content).unwrap();
            for call in 0..2 * BYTES / page_bytes() {
                watched(async {
                    let mut slot = image.take().expect("the one before was given back");
                    slot.grow_to(BYTES + page_bytes()).unwrap();
                    // SAFETY: so many bytes are open, and nobody else has the memory.
                    let memory = unsafe {
                        std::slice::from_raw_parts_mut(slot.as_ptr(), BYTES + page_bytes())
                    };
                    assert!(memory[..BYTES] == content, "call {call}");
                    assert!(memory[BYTES..].iter().all(|&byte| byte == 0), "call {call}");
                    memory[call * page_bytes() % BYTES] = 252;
                    memory[BYTES] = 1;
                })
                .await;
            }
        }
    }

    #[test]
    fn this_kernel_is_tried_out() {
        let tried = try_out(File::open("/proc/self/pagemap").ok().as_ref()).unwrap();
        let without = try_out(None).unwrap();
        assert!(!without.shows_pages);
        assert_eq!(without.counts_faults, tried.counts_faults);
    }
}
