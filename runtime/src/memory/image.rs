//! What the memory of many instances is at first.

use std::{
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::fs::{MemfdFlags, memfd_create};

use super::{
    mapping::Mapping,
    page_bytes,
    room::{Memories, NoSlot, Room},
    slot::Slot,
};

/// Unchanged bytes between changed ones that are kept once more rather than having a mapping end there: every mapping
/// is a part of every memory.
pub(crate) const MERGED_GAP_BYTES: usize = 64 * 1024;

/// Images that may exist over others at one time: each keeps a file open, of which a process has a thousand by default.
const MOST_OVERLAID: usize = 256;

static IMAGES: AtomicU64 = AtomicU64::new(0);

/// The first content of memories, kept in files that only exist in memory.
pub(crate) struct MemoryImage {
    /// No two images have the same.
    id: u64,
    /// Where there is none, there are zeros. Later parts lie over earlier ones.
    parts: Vec<Part>,
    view: Mapping,
    bytes: usize,
    memories: Arc<Memories>,
}

/// A piece of a file, and which addresses it fills.
#[derive(Clone)]
struct Part {
    file: Arc<File>,
    offset: usize,
    range: Range<usize>,
}

impl MemoryImage {
    /// An image of `content`, whose length is in whole pages.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn new(memories: &Arc<Memories>, content: &[u8]) -> io::Result<Arc<Self>> {
        Self::of_parts(memories, parts(&[], content)?, content.len())
    }

    /// An image of `content` that keeps only what differs from this one.
    ///
    /// # Errors
    /// If there is no room for it, or there are too many already.
    pub(crate) fn overlaid(&self, content: &[u8]) -> io::Result<Arc<Self>> {
        if self.memories.images() > MOST_OVERLAID {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let mut all = self.parts.clone();
        all.extend(parts(self.content(), content)?);
        Self::of_parts(&self.memories, all, content.len())
    }

    fn of_parts(memories: &Arc<Memories>, parts: Vec<Part>, bytes: usize) -> io::Result<Arc<Self>> {
        let mut view = Mapping::reserve(bytes.max(page_bytes()))?;
        fill(&mut view, 0, bytes, &parts)?;
        memories.count_image();
        Ok(Arc::new(Self {
            id: IMAGES.fetch_add(1, Ordering::Relaxed),
            parts,
            view,
            bytes,
            memories: Arc::clone(memories),
        }))
    }

    /// Names this image.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Bytes of memory at first.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of all its files: what it takes of the machine's memory.
    pub(crate) fn resident_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.range.len()).sum()
    }

    /// What memory holds at first.
    pub(crate) fn content(&self) -> &[u8] {
        // SAFETY: all of it was filled, and nobody writes to it.
        unsafe { self.view.slice(0..self.bytes) }
    }

    /// The pool that memories with this content are taken from.
    pub(super) fn memories(&self) -> &Memories {
        &self.memories
    }

    /// A memory with this content that nobody else has.
    ///
    /// # Errors
    /// [`NoSlot`] if as many are in use as may be, or the machine has no room for one more.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Slot, NoSlot> {
        let make = || {
            let mut room = Room::reserve()?;
            fill(&mut room.mapping, Room::START, self.bytes, &self.parts)?;
            Ok(room)
        };
        let room = self.memories.take(self.id, make)?;
        Ok(Slot::new(room, Arc::clone(self)))
    }
}

impl Drop for MemoryImage {
    fn drop(&mut self) {
        self.memories.forget(self.id);
    }
}

fn fill(mapping: &mut Mapping, start: usize, bytes: usize, parts: &[Part]) -> io::Result<()> {
    mapping.open(start..start + bytes)?;
    for Part {
        file,
        offset,
        range,
    } in parts
    {
        mapping.copy_on_write(start + range.start..start + range.end, file, *offset)?;
    }
    Ok(())
}

/// What `after` has that `before` has not, in one file.
fn parts(before: &[u8], after: &[u8]) -> io::Result<Vec<Part>> {
    let file = Arc::new(File::from(memfd_create(
        "switchhook-memory",
        MemfdFlags::CLOEXEC,
    )?));
    let mut offset = 0;
    let mut parts = Vec::new();
    for range in changed(before, after) {
        file.write_all_at(&after[range.clone()], offset as u64)?;
        parts.push(Part {
            file: Arc::clone(&file),
            offset,
            range: range.clone(),
        });
        offset += range.len();
    }
    Ok(parts)
}

/// Ranges of whole pages in which `after` is not what `before` is, with zeros standing for what `before` lacks.
fn changed(before: &[u8], after: &[u8]) -> Vec<Range<usize>> {
    let page = page_bytes();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for start in (0..after.len()).step_by(page) {
        let end = after.len().min(start + page);
        let now = &after[start..end];
        let is_same = match before.get(start..end) {
            Some(before) => before == now,
            None => now.iter().all(|&byte| byte == 0),
        };
        if is_same {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if start - last.end <= MERGED_GAP_BYTES => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}
