//! Snapshots: the difference between a guest that has compiled a function and the same guest before.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    memory::{MERGED_GAP_BYTES, MemoryImage, page_bytes},
};

/// The first bytes of a stored snapshot. The last of them is the version of the format.
const MAGIC: [u8; 8] = *b"SHSNAP\x00\x01";
const CHECKSUM_BYTES: usize = 32;

/// Most bytes, in postcard's format, of the guest's digest with a size and three lengths, of a global, or of a run.
/// Each byte has at least 7 bits of a number.
const WRITTEN_BYTES: usize = 80;
const WRITTEN_GLOBAL_BYTES: usize = 16;
const WRITTEN_RUN_BYTES: usize = 10;

/// Runs of changed bytes with at most this many unchanged bytes between them become one. A run of its own costs about
/// as much.
const MERGED_GAP: usize = 16;

/// Memory is first compared in blocks of this size, because most blocks have not changed.
const BLOCK: usize = 4096;

/// Changed bytes from which mapping a memory of the snapshot's own is cheaper than copying the bytes for each call, and
/// the guest's bytes back afterwards.
const LARGE_BYTES: usize = 128 * 1024;

/// Most bytes of such a memory for each changed byte. It has whole pages, however few of their bytes have changed.
const MOST_BYTES_FOR_EACH: usize = 2;

/// What compiling a function has changed in its guest: a few KiB for a small function.
///
/// A snapshot contains data only, never machine code, and is applied to sandboxed memory only. A forged one can make a
/// function misbehave, but harms nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    guest: Digest,
    /// Size of the whole linear memory, in bytes.
    memory_bytes: u32,
    /// Indices among the guest's mutable globals, with values. Usually none: the stack pointer has its old value again.
    globals: Vec<(u32, GlobalValue)>,
    /// Where each run of `bytes` belongs, in ascending order.
    runs: Vec<Run>,
    bytes: Vec<u8>,
    #[serde(skip)]
    memory: ResumedMemory,
}

/// A memory that already contains a large snapshot. The first call makes it, and clones share it. It is a cache: the
/// snapshot is complete without it.
#[derive(Clone, Default)]
struct ResumedMemory(Arc<OnceLock<Option<Arc<MemoryImage>>>>);

impl PartialEq for ResumedMemory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ResumedMemory {}

impl fmt::Debug for ResumedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    offset: u32,
    length: u32,
}

/// The value of a mutable global. Floats are kept as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum GlobalValue {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
}

/// Why a snapshot cannot be read or applied.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SnapshotError {
    /// The bytes are not a snapshot, or have another version of the format.
    #[error("not a snapshot of this format")]
    UnknownFormat,
    /// The bytes are damaged, or describe a state that the guest cannot have come to.
    #[error("the snapshot is damaged")]
    Corrupt,
    /// The snapshot belongs to another guest.
    #[error("the snapshot belongs to guest {snapshot}, this is guest {guest}")]
    WrongGuest {
        /// The guest that made the snapshot.
        snapshot: Digest,
        /// The guest that was to use the snapshot.
        guest: Digest,
    },
}

impl Snapshot {
    /// The difference that turns `before` into `after`.
    pub(crate) fn difference(
        guest: Digest,
        before: &[u8],
        after: &[u8],
        globals: Vec<(u32, GlobalValue)>,
    ) -> Self {
        let mut snapshot = Self {
            guest,
            memory_bytes: after.len() as u32,
            globals,
            runs: Vec::new(),
            bytes: Vec::new(),
            memory: ResumedMemory::default(),
        };
        for run in changed_runs(before, after) {
            snapshot.runs.push(Run {
                offset: run.start as u32,
                length: run.len() as u32,
            });
            snapshot.bytes.extend_from_slice(&after[run]);
        }
        snapshot.bytes.shrink_to_fit();
        snapshot
    }

    /// The guest that made it.
    pub fn guest(&self) -> Digest {
        self.guest
    }

    /// Size of the linear memory that a call begins with, in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes as usize
    }

    /// Bytes of memory that differ from the guest's.
    pub fn changed_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Most bytes that [`Snapshot::to_bytes`] returns.
    pub fn most_written_bytes(&self) -> usize {
        MAGIC.len()
            + CHECKSUM_BYTES
            + WRITTEN_BYTES
            + self.globals.len() * WRITTEN_GLOBAL_BYTES
            + self.runs.len() * WRITTEN_RUN_BYTES
            + self.bytes.len()
    }

    /// Bytes of the host's memory that the snapshot takes.
    pub fn resident_bytes(&self) -> usize {
        size_of::<Self>()
            + self.bytes.capacity()
            + self.own_memory_bytes().unwrap_or(0)
            + self.runs.capacity() * size_of::<Run>()
            + self.globals.capacity() * size_of::<(u32, GlobalValue)>()
    }

    /// The memory that calls of this snapshot begin with, made by `make` once. `None` if the guest's memory is better
    /// or making it failed.
    pub(crate) fn memory_once_made(
        &self,
        make: impl FnOnce() -> Option<Arc<MemoryImage>>,
    ) -> Option<Arc<MemoryImage>> {
        if self.bytes.len() <= LARGE_BYTES {
            return None;
        }
        let make = || self.own_memory_bytes().and_then(|_| make());
        self.memory.0.get_or_init(make).clone()
    }

    /// Bytes of a memory of its own, if the snapshot is to have one.
    fn own_memory_bytes(&self) -> Option<usize> {
        if self.bytes.len() <= LARGE_BYTES {
            return None;
        }
        let page = page_bytes();
        let mut bytes = 0;
        let mut last_end = 0;
        for run in &self.runs {
            let start = run.offset as usize / page * page;
            let end = (run.offset as usize + run.length as usize).next_multiple_of(page);
            let is_merged = bytes > 0 && start <= last_end + MERGED_GAP_BYTES;
            bytes += end - if is_merged { last_end.min(end) } else { start };
            last_end = end;
        }
        (bytes <= self.bytes.len() * MOST_BYTES_FOR_EACH).then_some(bytes)
    }

    pub(crate) fn globals(&self) -> impl Iterator<Item = (usize, GlobalValue)> + '_ {
        self.globals
            .iter()
            .map(|(index, value)| (*index as usize, *value))
    }

    /// Writes all changed runs into `memory`, which must be `memory_bytes` long.
    pub(crate) fn write_memory(&self, memory: &mut [u8]) {
        let mut bytes = self.bytes.as_slice();
        for run in &self.runs {
            let (data, rest) = bytes.split_at(run.length as usize);
            memory[run.offset as usize..][..data.len()].copy_from_slice(data);
            bytes = rest;
        }
    }

    /// The snapshot as bytes: magic and version, the SHA-256 of the rest, and the rest.
    #[expect(
        clippy::missing_panics_doc,
        reason = "what is expected here cannot fail"
    )]
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = postcard::to_stdvec(self)
            .expect("a snapshot has no map, no float and no borrowed length");
        [
            MAGIC.as_slice(),
            Digest::of(&body).as_bytes(),
            body.as_slice(),
        ]
        .concat()
    }

    /// Reads the bytes of [`Snapshot::to_bytes`].
    ///
    /// # Errors
    /// [`SnapshotError::UnknownFormat`] or [`SnapshotError::Corrupt`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let rest = bytes
            .strip_prefix(&MAGIC)
            .ok_or(SnapshotError::UnknownFormat)?;
        let (checksum, body) = rest
            .split_at_checked(CHECKSUM_BYTES)
            .ok_or(SnapshotError::Corrupt)?;
        if Digest::of(body).as_bytes() != checksum {
            return Err(SnapshotError::Corrupt);
        }
        let snapshot: Self = postcard::from_bytes(body).map_err(|_| SnapshotError::Corrupt)?;
        snapshot
            .fits()
            .then_some(snapshot)
            .ok_or(SnapshotError::Corrupt)
    }

    /// Whether every run lies inside the memory and has its bytes.
    fn fits(&self) -> bool {
        let total: u64 = self.runs.iter().map(|run| u64::from(run.length)).sum();
        let inside = |run: &Run| {
            u64::from(run.offset) + u64::from(run.length) <= u64::from(self.memory_bytes)
        };
        total == self.bytes.len() as u64 && self.runs.iter().all(inside)
    }
}

/// Ascending ranges outside of which `after` equals `before`. Bytes that `before` lacks count as zeros.
fn changed_runs(before: &[u8], after: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for start in (0..after.len()).step_by(BLOCK) {
        let end = after.len().min(start + BLOCK);
        let padded;
        let old = match before.get(start..end) {
            Some(old) => old,
            None => {
                padded = with_zeros(before.get(start..).unwrap_or_default());
                &padded[..end - start]
            }
        };
        let new = &after[start..end];
        if old == new {
            continue;
        }
        for (index, _) in old
            .iter()
            .zip(new)
            .enumerate()
            .filter(|(_, (old, new))| old != new)
        {
            let at = start + index;
            match runs.last_mut() {
                Some(run) if at - run.end <= MERGED_GAP => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
    }
    runs
}

/// The end of a memory, extended with zeros to a block.
fn with_zeros(end: &[u8]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..end.len()].copy_from_slice(end);
    block
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn snapshot(before: &[u8], after: &[u8]) -> Snapshot {
        Snapshot::difference(
            Digest::of(b"guest"),
            before,
            after,
            vec![(1, GlobalValue::I32(-7))],
        )
    }

    /// Any bits of floats, also those of signalling NaNs, must be preserved.
    fn global() -> impl Strategy<Value = GlobalValue> {
        prop_oneof![
            any::<i32>().prop_map(GlobalValue::I32),
            any::<i64>().prop_map(GlobalValue::I64),
            any::<u32>().prop_map(GlobalValue::F32),
            any::<u64>().prop_map(GlobalValue::F64),
        ]
    }

    proptest! {
        #[test]
        fn applying_a_difference_gives_the_later_memory(
            before in proptest::collection::vec(0u8..3, 0..3 * BLOCK),
            changes in proptest::collection::vec((0usize..3 * BLOCK, any::<u8>()), 0..40),
            grown in 0usize..2,
        ) {
            let mut after = before.clone();
            after.resize(before.len() + grown * BLOCK, 0);
            for (at, value) in changes {
                if let Some(byte) = after.get_mut(at) {
                    *byte = value;
                }
            }
            let snapshot = Snapshot::from_bytes(&snapshot(&before, &after).to_bytes()).unwrap();
            let mut memory = before;
            memory.resize(snapshot.memory_bytes(), 0);
            snapshot.write_memory(&mut memory);
            prop_assert_eq!(memory, after);
        }

        #[test]
        fn a_snapshot_is_read_as_it_was_written(
            before in proptest::collection::vec(any::<u8>(), 0..2 * BLOCK),
            after in proptest::collection::vec(any::<u8>(), 0..2 * BLOCK),
            globals in proptest::collection::vec((any::<u32>(), global()), 0..10),
        ) {
            let written = Snapshot::difference(Digest::of(&before), &before, &after, globals);
            let read = Snapshot::from_bytes(&written.to_bytes());
            prop_assert!(written.to_bytes().len() <= written.most_written_bytes());
            prop_assert_eq!(read, Ok(written));
        }

        #[test]
        fn no_changed_bit_goes_unnoticed(at in 0usize..1000, bit in 0u8..8) {
            let mut bytes = snapshot(&[0; 100], &[7; 100]).to_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(Snapshot::from_bytes(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Snapshot::from_bytes(&bytes).is_err());
        }
    }

    #[test]
    fn only_what_fills_its_pages_is_worth_a_memory_of_its_own() {
        let page = page_bytes();
        let own = |changed: &dyn Fn(usize) -> bool| {
            let after: Vec<u8> = (0..600 * page).map(|at| u8::from(changed(at))).collect();
            snapshot(&vec![0; after.len()], &after).own_memory_bytes()
        };
        assert_eq!(own(&|at| at < 10 * page), None, "too little");
        assert_eq!(own(&|at| at < 100 * page), Some(100 * page));
        assert_eq!(
            own(&|at| at < 100 * page || at == 599 * page),
            Some(101 * page)
        );
        assert_eq!(
            own(&|at| at % page < page / 10),
            None,
            "a tenth of each page"
        );
    }

    #[test]
    fn what_becomes_zero_has_changed_in_the_last_block_too() {
        let after = vec![0; BLOCK];
        assert_eq!(snapshot(&[7; 100], &after).changed_bytes(), 100);
    }

    #[test]
    fn a_difference_holds_only_what_changed() {
        let mut after = vec![0; 10 * BLOCK];
        after[5] = 1;
        after[9 * BLOCK] = 2;
        let snapshot = snapshot(&[0; BLOCK], &after);
        assert_eq!(snapshot.changed_bytes(), 2);
        assert_eq!(snapshot.memory_bytes(), 10 * BLOCK);
    }

    #[test]
    fn a_run_without_its_bytes_is_corrupt() {
        for length in [1, 99, 101, u32::MAX] {
            let mut forged = snapshot(&[0; 100], &[7; 100]);
            forged.memory_bytes = u32::MAX;
            forged.runs[0].length = length;
            assert_eq!(
                Snapshot::from_bytes(&forged.to_bytes()),
                Err(SnapshotError::Corrupt),
                "{length}"
            );
        }
    }

    #[test]
    fn a_run_outside_the_memory_is_corrupt() {
        let mut forged = snapshot(&[0; 100], &[7; 100]);
        forged.memory_bytes = 99;
        assert_eq!(
            Snapshot::from_bytes(&forged.to_bytes()),
            Err(SnapshotError::Corrupt)
        );
    }
}
