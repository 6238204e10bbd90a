//! Regions of memory that are ready for use: the idle ones, the number of all, and how many pages they may keep.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{faults::Mark, kernel::Kernel, pieces::most_pieces, region::Region};

/// Written pages that every memory keeps for its next call, which would otherwise have as many page faults.
const KEPT_PAGES: usize = 512;

/// Written pages that all memories of an engine may keep beyond that, for functions with large tables: some 256 MiB.
const KEPT_BEYOND_PAGES: usize = 65_536;

/// All memories of one engine.
pub(crate) struct Pool {
    most: usize,
    most_bytes: usize,
    most_pieces: usize,
    regions: Mutex<Regions>,
    kept_beyond: AtomicUsize,
    images: AtomicUsize,
    pub(super) kernel: Kernel,
}

#[derive(Default)]
pub(super) struct Regions {
    /// Regions in use, idle, or being made.
    count: usize,
    /// Idle regions with their images' numbers. The first has been idle for longest.
    pub(super) idle: VecDeque<(u64, Region)>,
}

/// Why there is no memory for an instance.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoSlot {
    /// As many instances exist as allowed.
    #[error("all memories are in use")]
    AllInUse,
    /// The system's error.
    #[error("the machine has no room for another memory")]
    NoRoom(#[source] io::Error),
}

impl Pool {
    /// A pool of at most `most` memories of at most `most_bytes`.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            most,
            most_bytes,
            most_pieces: most_pieces(most),
            regions: Mutex::default(),
            kept_beyond: AtomicUsize::new(0),
            images: AtomicUsize::new(0),
            kernel: Kernel::tried_out(),
        }
    }

    /// Largest size of a memory, in bytes.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// Most pieces of an image.
    pub(super) fn most_pieces(&self) -> usize {
        self.most_pieces
    }

    /// Takes an idle region of this image, or makes one with `make`. An idle region of another image gives way if need
    /// be.
    pub(super) fn take(
        &self,
        image: u64,
        make: impl Fn() -> io::Result<Region>,
    ) -> Result<Region, NoSlot> {
        let replaced = {
            let mut regions = self.regions();
            if let Some(found) = regions.idle.iter().rposition(|(of, _)| *of == image)
                && let Some((_, region)) = regions.idle.remove(found)
            {
                return Ok(region);
            }
            if regions.count < self.most {
                regions.count += 1;
                None
            } else {
                // Its place goes to the new region.
                Some(regions.idle.pop_front().ok_or(NoSlot::AllInUse)?)
            }
        };
        if let Some((_, region)) = replaced {
            self.drop_region(region);
        }
        loop {
            match make() {
                Ok(region) => return Ok(region),
                Err(error) => match self.remove_idle(|_| true) {
                    Some(region) => self.drop_region(region),
                    None => {
                        self.regions().count -= 1;
                        return Err(NoSlot::NoRoom(error));
                    }
                },
            }
        }
    }

    /// Takes back a region that contains exactly its image's content.
    pub(super) fn give_back(&self, image: u64, region: Region) {
        self.regions().idle.push_back((image, region));
    }

    /// Drops a region.
    pub(super) fn give_up(&self, region: Region) {
        self.regions().count -= 1;
        self.drop_region(region);
    }

    /// The number of images.
    pub(super) fn images(&self) -> usize {
        self.images.load(Ordering::Relaxed)
    }

    /// Counts a new image.
    pub(super) fn count_image(&self) {
        self.images.fetch_add(1, Ordering::Relaxed);
    }

    /// Drops all regions of an image that has ended.
    pub(super) fn forget(&self, image: u64) {
        self.images.fetch_sub(1, Ordering::Relaxed);
        while let Some(region) = self.remove_idle(|of| of == image) {
            self.drop_region(region);
        }
    }

    /// Removes the region that has been idle for longest, among the matching ones.
    fn remove_idle(&self, is_meant: impl Fn(u64) -> bool) -> Option<Region> {
        let mut regions = self.regions();
        let found = regions.idle.iter().position(|(of, _)| is_meant(*of))?;
        let (_, region) = regions.idle.remove(found)?;
        regions.count -= 1;
        Some(region)
    }

    fn drop_region(&self, mut region: Region) {
        self.may_keep(&mut region, 0);
    }

    pub(super) fn regions(&self) -> MutexGuard<'_, Regions> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the pages that a region would keep. Returns whether it may keep them.
    fn may_keep(&self, region: &mut Region, pages: usize) -> bool {
        let beyond = pages.saturating_sub(KEPT_PAGES);
        if beyond != region.beyond {
            self.kept_beyond.fetch_add(beyond, Ordering::Relaxed);
            self.kept_beyond.fetch_sub(region.beyond, Ordering::Relaxed);
            region.beyond = beyond;
        }
        beyond == 0 || self.kept_beyond.load(Ordering::Relaxed) <= KEPT_BEYOND_PAGES
    }

    /// Gives a memory the content of `image` again, after an instance has used `bytes` of it since `taken`.
    ///
    /// # Errors
    /// If the kernel refuses. The region's content is then unknown.
    pub(super) fn reset(
        &self,
        region: &mut Region,
        image: &[u8],
        bytes: usize,
        taken: &Mark,
    ) -> io::Result<()> {
        if bytes > image.len() {
            region.mapping.close(Region::at(image.len()..bytes))?;
        }
        let all = Region::at(0..image.len());
        let is_known = region.written.is_some()
            && self.kernel.counts_faults
            && region.mapping.is_never_huge()
            && !taken.may_have_faulted();
        if !is_known {
            region.written = self.kernel.written(&region.mapping, all.clone());
        }
        let pages = region.written.as_ref().map(Vec::len);
        if pages.is_none_or(|pages| !self.may_keep(region, pages)) || !region.copy_back(image) {
            region.written = None;
            region.is_fresh = true;
            self.may_keep(region, 0);
            region.mapping.forget(all)?;
        }
        Ok(())
    }
}
