//! The addresses of memories: which are idle, how many there are, and how one becomes again what its image is.

use std::{
    collections::VecDeque,
    io, mem,
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{
    faults::Mark, image::MemoryImage, kernel::Kernel, mapping::Mapping, page_bytes,
    pieces::most_pieces,
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

/// All memories of one engine.
pub(crate) struct Memories {
    most: usize,
    most_bytes: usize,
    most_pieces: usize,
    rooms: Mutex<Rooms>,
    kept_beyond: AtomicUsize,
    images: AtomicUsize,
    kernel: Kernel,
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
    /// Pages that have been written to since they were mapped, in ascending order. `None` from then until the kernel was
    /// asked: what a call writes to first is not the only thing that can bring pages with it.
    written: Option<Vec<usize>>,
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
        Self {
            most,
            most_bytes,
            most_pieces: most_pieces(most),
            rooms: Mutex::default(),
            kept_beyond: AtomicUsize::new(0),
            images: AtomicUsize::new(0),
            kernel: Kernel::tried_out(),
        }
    }

    /// What no memory may be larger than, in bytes.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// How many pieces no image may have more of.
    pub(super) fn most_pieces(&self) -> usize {
        self.most_pieces
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
        let is_known = room.written.is_some()
            && self.kernel.counts_faults
            && room.mapping.is_never_huge()
            && !taken.may_have_faulted();
        if !is_known {
            room.written = self.kernel.written(&room.mapping, all.clone());
        }
        let pages = room.written.as_ref().map(Vec::len);
        if pages.is_none_or(|pages| !self.may_keep(room, pages)) || !room.copy_back(image) {
            room.written = None;
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
            written: None,
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
        let written = self.written.as_deref().unwrap_or_default();
        let are_many = written.len() > STALE_PAGES;
        let mut same = 0;
        for page in written {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wasmtime::LinearMemory;

    use super::*;
    use crate::memory::{faults::faults, kernel::HUGE_PAGE_BYTES, watched};

    const BYTES: usize = 64 * 1024;

    /// Memories of a kernel that says less than this one.
    fn memories(bytes: usize, counts_faults: bool, shows_pages: bool) -> Arc<Memories> {
        let mut memories = Memories::new(1, bytes);
        memories.kernel.counts_faults &= counts_faults;
        memories.kernel.page_map = memories.kernel.page_map.filter(|_| shows_pages);
        Arc::new(memories)
    }

    /// What a kernel can be relied upon for changes how a memory is made ready, and never what it holds then.
    #[tokio::test]
    async fn a_memory_is_as_its_image_on_every_kernel() {
        for (counts_faults, shows_pages) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let content: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
            let memories = memories(4 * BYTES, counts_faults, shows_pages);
            let image = MemoryImage::new(&memories, &content).unwrap();
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

    /// Lets a call do its work in the image's memory.
    async fn call(image: &Arc<MemoryImage>, work: impl FnOnce(&mut [u8])) {
        watched(async {
            let slot = image.take().expect("the one before was given back");
            // SAFETY: so many bytes are mapped, and nobody else has the memory.
            work(unsafe { std::slice::from_raw_parts_mut(slot.as_ptr(), image.bytes()) });
        })
        .await;
    }

    /// Has huge pages made of an idle memory, as the kernel may do whenever it likes. Returns where the first begins, and
    /// whether it was made.
    fn collapse(memories: &Memories, bytes: usize, is_allowed: bool) -> (usize, bool) {
        let (_, room) = &mut memories.rooms().idle[0];
        if is_allowed {
            room.mapping.allow_huge_pages();
        }
        let start = room.mapping.base().wrapping_add(Room::START);
        let first = start.align_offset(HUGE_PAGE_BYTES);
        let huge = (first..=bytes - HUGE_PAGE_BYTES).step_by(HUGE_PAGE_BYTES);
        let collapsed: Vec<_> = huge
            .map(|at| room.mapping.collapse(&Room::at(at..at + HUGE_PAGE_BYTES)))
            .collect();
        eprintln!("huge pages allowed: {is_allowed}, made: {collapsed:?}");
        (first, collapsed[0].is_ok())
    }

    #[tokio::test]
    async fn no_call_finds_what_another_wrote_to_a_huge_page() {
        const BYTES: usize = 3 * HUGE_PAGE_BYTES;
        let page = page_bytes();
        for (is_allowed, shows_pages) in [(false, true), (true, true), (true, false)] {
            // In a file, and in none.
            for content in [vec![7; BYTES], vec![0; BYTES]] {
                let is_in_file = content[0] != 0;
                let memories = memories(BYTES, true, shows_pages);
                let image = MemoryImage::new(&memories, &content).unwrap();
                // Of a file, only that becomes huge of which nothing was written to.
                let written = if is_in_file { HUGE_PAGE_BYTES } else { BYTES };
                let write = |memory: &mut [u8], page: usize| {
                    let starts = (0..memory.len()).step_by(HUGE_PAGE_BYTES);
                    starts.for_each(|start| memory[start + page * page_bytes()] = 252);
                };
                call(&image, |memory| write(&mut memory[..written], 1)).await;
                let (first, is_collapsed) = collapse(&memories, BYTES, is_allowed);
                assert!(is_allowed || !is_collapsed, "it was forbidden");
                // Nothing else: any page fault has the kernel asked.
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

    /// As with memory that is locked: the kernel gives it all its pages when it is mapped.
    #[tokio::test]
    async fn pages_that_were_there_before_the_first_call_are_found() {
        let memories = memories(BYTES, true, true);
        let image = MemoryImage::new(&memories, &[7; BYTES]).unwrap();
        // Twice the same, so that the second time nothing but its memory can be new to this thread.
        let spoil = |memory: &mut [u8]| memory[0] = 252;
        call(&image, spoil).await;
        {
            let (_, room) = &mut memories.rooms().idle[0];
            // SAFETY: the image is mapped there, and no instance has the memory.
            unsafe { room.mapping.slice_mut(Room::at(0..BYTES)) }.fill(7);
            room.written = None;
        }
        call(&image, spoil).await;
        call(&image, |memory| assert!(memory == [7; BYTES])).await;
    }
}
