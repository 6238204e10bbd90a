//! The initial content of memories.

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

use super::{mapping::Mapping, page_bytes, pieces::MOST_OVERLAID, pool::Pool, region::Region};

/// Unchanged bytes between changed ones that are stored again, because otherwise a mapping would end there. Every
/// memory has all mappings of its image.
pub(crate) const MERGED_GAP_BYTES: usize = 64 * 1024;

static IMAGES: AtomicU64 = AtomicU64::new(0);

/// The initial content of memories, in files that exist in memory only.
pub(crate) struct MemoryImage {
    /// A number that no other image has.
    id: u64,
    /// Pieces of the content. Later pieces lie over earlier ones, and zeros are elsewhere.
    parts: Vec<Part>,
    view: Mapping,
    bytes: usize,
    pool: Arc<Pool>,
}

/// A piece of a file, and the addresses that it fills.
#[derive(Clone)]
struct Part {
    file: Arc<File>,
    offset: usize,
    range: Range<usize>,
}

impl MemoryImage {
    /// An image of `content`, whose length is in whole pages. If it would have too many pieces, zeros between them are
    /// stored, too.
    ///
    /// # Errors
    /// If there is no room for it.
    pub(crate) fn new(pool: &Arc<Pool>, content: &[u8]) -> io::Result<Arc<Self>> {
        let mut ranges = changed(&[], content);
        if ranges.len() > pool.most_pieces() {
            ranges.clear();
            ranges.push(0..content.len());
        }
        Self::of_parts(pool, parts(content, ranges)?, content.len())
    }

    /// An image of `content` that stores only the differences from this image.
    ///
    /// # Errors
    /// If there is no room for it, there are too many such images, or it would have too many pieces.
    pub(crate) fn overlaid(&self, content: &[u8]) -> io::Result<Arc<Self>> {
        let ranges = changed(self.content(), content);
        if self.pool.images() > MOST_OVERLAID
            || self.parts.len() + ranges.len() > self.pool.most_pieces()
        {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let mut all = self.parts.clone();
        all.extend(parts(content, ranges)?);
        Self::of_parts(&self.pool, all, content.len())
    }

    fn of_parts(pool: &Arc<Pool>, parts: Vec<Part>, bytes: usize) -> io::Result<Arc<Self>> {
        let mut view = Mapping::reserve(bytes.max(page_bytes()))?;
        fill(&mut view, 0, bytes, &parts)?;
        pool.count_image();
        Ok(Arc::new(Self {
            id: IMAGES.fetch_add(1, Ordering::Relaxed),
            parts,
            view,
            bytes,
            pool: Arc::clone(pool),
        }))
    }

    /// The image's number.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Bytes of the content.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Bytes of all files: the machine's memory that the image takes.
    pub(crate) fn resident_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.range.len()).sum()
    }

    /// The content.
    pub(crate) fn content(&self) -> &[u8] {
        // SAFETY: all of it was filled, and nobody writes to it.
        unsafe { self.view.slice(0..self.bytes) }
    }

    /// The pool from which memories with this content are taken.
    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Maps the content to new addresses.
    ///
    /// # Errors
    /// If the machine has no room for another memory.
    pub(super) fn mapped(&self) -> io::Result<Region> {
        let mut region = Region::reserve()?;
        fill(&mut region.mapping, Region::START, self.bytes, &self.parts)?;
        Ok(region)
    }
}

impl Drop for MemoryImage {
    fn drop(&mut self) {
        self.pool.forget(self.id);
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

/// Puts ranges of `content` into one file.
fn parts(content: &[u8], ranges: Vec<Range<usize>>) -> io::Result<Vec<Part>> {
    let file = Arc::new(File::from(memfd_create(
        "switchhook-memory",
        MemfdFlags::CLOEXEC,
    )?));
    let mut offset = 0;
    let mut parts = Vec::new();
    for range in ranges {
        file.write_all_at(&content[range.clone()], offset as u64)?;
        let end = offset + range.len();
        parts.push(Part {
            file: Arc::clone(&file),
            offset,
            range,
        });
        offset = end;
    }
    Ok(parts)
}

/// Ranges of whole pages in which `after` differs from `before`. Bytes that `before` lacks count as zeros.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A distance at which changes are separate pieces.
    const APART: usize = 4 * MERGED_GAP_BYTES;

    /// A memory with this number of separate pages of `filled`.
    fn in_pieces(pieces: usize, filled: u8) -> Vec<u8> {
        let mut content = vec![0; pieces * APART];
        for piece in content.chunks_mut(APART) {
            piece[..page_bytes()].fill(filled);
        }
        content
    }

    /// As in the server's default configuration. Pieces of images must leave mappings for everything else in the test's
    /// process.
    const MEMORIES: usize = 260;

    #[test]
    fn the_kernel_maps_as_many_memories_as_there_may_be_in_as_many_pieces_as_allowed() {
        let pool = Arc::new(Pool::new(MEMORIES, 1 << 30));
        let guest = MemoryImage::new(&pool, &vec![7; page_bytes()]).unwrap();
        let most = pool.most_pieces();
        assert!(guest.overlaid(&in_pieces(most, 3)).is_err());
        let content = in_pieces(most - 1, 3);
        let image = guest.overlaid(&content).unwrap();
        assert_eq!(image.parts.len(), most);
        assert!(image.content() == content);
        let slots: Result<Vec<_>, _> = (0..MEMORIES).map(|_| image.take()).collect();
        assert!(slots.is_ok());
    }

    #[test]
    fn a_guest_in_too_many_pieces_is_mapped_in_one() {
        let pool = Arc::new(Pool::new(MEMORIES, 1 << 30));
        for (pieces, parts) in [(2, 2), (pool.most_pieces() + 1, 1)] {
            let content = in_pieces(pieces, 3);
            let image = MemoryImage::new(&pool, &content).unwrap();
            assert_eq!(image.parts.len(), parts);
            assert!(image.content() == content);
            image.take().unwrap();
        }
    }
}
