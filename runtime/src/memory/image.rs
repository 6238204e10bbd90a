//! What the memory of many instances is at first.

use std::{
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, PoisonError},
};

use rustix::fs::{MemfdFlags, memfd_create};

use super::{
    mapping::Mapping,
    page_bytes,
    slot::{Memories, NoSlot, Room, Slot},
};

/// Unchanged bytes between changed ones that are kept once more rather than having a mapping end there: every mapping
/// is a part of every slot.
const MERGED_GAP_BYTES: usize = 64 * 1024;

/// The first content of memories, kept in files that only exist in memory, and the slots that were mapped from it and
/// are not in use.
pub(crate) struct MemoryImage {
    parts: Vec<Part>,
    view: Mapping,
    bytes: usize,
    idle: Mutex<Vec<Room>>,
    memories: Arc<Memories>,
}

/// A whole file, and which addresses it fills. Later parts lie over earlier ones.
#[derive(Clone)]
struct Part {
    file: Arc<File>,
    range: Range<usize>,
}

impl MemoryImage {
    /// An image of `content`, whose length is in whole pages.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn new(memories: &Arc<Memories>, content: &[u8]) -> io::Result<Arc<Self>> {
        let part = Part::new(content, 0..content.len())?;
        Self::of_parts(memories, vec![part], content.len())
    }

    /// An image of `content` that keeps only what differs from this one.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn overlaid(&self, content: &[u8]) -> io::Result<Arc<Self>> {
        let mut parts = self.parts.clone();
        for range in changed(self.content(), content) {
            parts.push(Part::new(&content[range.clone()], range)?);
        }
        Self::of_parts(&self.memories, parts, content.len())
    }

    fn of_parts(memories: &Arc<Memories>, parts: Vec<Part>, bytes: usize) -> io::Result<Arc<Self>> {
        let mut view = Mapping::reserve(bytes.max(page_bytes()))?;
        for part in &parts {
            view.show(&part.file, part.range.clone())?;
        }
        let image = Arc::new(Self {
            parts,
            view,
            bytes,
            idle: Mutex::default(),
            memories: Arc::clone(memories),
        });
        memories.remember(&image);
        Ok(image)
    }

    /// Bytes of memory at first.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What memory holds at first.
    pub(crate) fn content(&self) -> &[u8] {
        // SAFETY: files are mapped all over it, to be read only.
        unsafe { self.view.slice(0..self.bytes) }
    }

    /// A memory with this content that nobody else has.
    ///
    /// # Errors
    /// [`NoSlot`] if as many are in use as may be, or the machine has no room for one more.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Slot, NoSlot> {
        let room = match self.take_idle() {
            Some(room) => room,
            None => self.new_room()?,
        };
        Ok(Slot::new(room, Arc::clone(self)))
    }

    fn new_room(&self) -> Result<Room, NoSlot> {
        let mut room = Room::new(&self.memories)?;
        for part in &self.parts {
            let mapped = room
                .mapping
                .copy_on_write(&part.file, room.at(part.range.clone()));
            mapped.map_err(NoSlot::NoRoom)?;
        }
        Ok(room)
    }

    /// One that was mapped and is not in use.
    pub(crate) fn take_idle(&self) -> Option<Room> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Takes back a room that holds the image's content and nothing else.
    pub(crate) fn give_back(&self, room: Room) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(room);
    }
}

impl Part {
    /// Pages of zeros take no memory.
    fn new(content: &[u8], range: Range<usize>) -> io::Result<Self> {
        let file = File::from(memfd_create("switchhook-memory", MemfdFlags::CLOEXEC)?);
        file.set_len(content.len() as u64)?;
        for (index, page) in content.chunks(page_bytes()).enumerate() {
            if page.iter().any(|&byte| byte != 0) {
                file.write_all_at(page, (index * page_bytes()) as u64)?;
            }
        }
        Ok(Self {
            file: Arc::new(file),
            range,
        })
    }
}

/// Ranges of whole pages in which `after` is not what `before` is, where there is no `before` because it is shorter,
/// all of it.
fn changed(before: &[u8], after: &[u8]) -> Vec<Range<usize>> {
    let page = page_bytes();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for start in (0..after.len()).step_by(page) {
        let end = after.len().min(start + page);
        if before.get(start..end) == Some(&after[start..end]) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if start - last.end <= MERGED_GAP_BYTES => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}
