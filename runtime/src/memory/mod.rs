//! Linear memory of instances: taken ready from a pool, and put back as if no call had ever run.
//!
//! A region maps a guest's first memory privately, so that a page costs something only once it is written to. When the
//! instance is dropped, the pages written to are copied back from the guest's image. Only the kernel knows these pages,
//! and asking it costs more than a small call. But the first write to a page is a page fault. A thread that had no fault
//! since the slot was taken has written only to pages that were written to before, and these are known.
//!
//! ```text
//!                      Pool: idle regions by image, bounds, what all may keep
//!                        │ take                          ▲ give back
//!                        ▼                               │
//!   MemoryImage ──► Region ─────► Slot: in use by one instance
//!   (memfd, view)    │            dropped: pages written to are copied back from the image
//!                    │
//!                    │  32 MiB       bytes of the image      up to 4 GiB         32 MiB
//!                    ├──────────┬─────────────────────────┬───────────────────┬──────────┤
//!                    │  guard   │ private mapping of the  │ opened as the     │  guard   │
//!                    │ (closed) │ image's pieces          │ memory grows      │ (closed) │
//! ```
//!
//! # Why no page is missed
//!
//! All rests on one sentence: *of the addresses of an image, a page that is not in the list of those written to
//! cannot be written to without a fault that this thread's count shows.* Such a page is either not there, or is a
//! page of the image's file, or the kernel's page of zeros; a private mapping shows the latter two for reading only.
//! The list is what the kernel's page map says after the last call that had faults, and holds until pages are taken
//! away. What could make the sentence wrong:
//!
//! - **Huge pages.** When the kernel makes one of a range that has no file, the range has all its pages at once, for
//!   writing, and nobody has had a fault: by `khugepaged` at any time, or by `MADV_COLLAPSE` of anybody who may. So
//!   every mapping has `MADV_NOHUGEPAGE`, which forbids both (`mapping.rs`), and a memory whose mapping the kernel
//!   refused that is asked about after each call. `kernel.rs` tries out whether what was agreed to is kept. A huge
//!   page that a call's own fault brings is a fault. Ranges of a file are safe either way: what becomes huge is the
//!   file, in which nobody writes; to write to it the kernel divides it again and copies one page, by a fault.
//!   `/sys/kernel/mm/transparent_hugepage/shmem_enabled` is about these alone.
//! - **Faults that bring neighbours.** A read of a file's page maps those around it too ("fault-around"), for
//!   reading only. A write copies one page. A write where there is no file may bring several (huge pages of smaller
//!   sizes): it is a fault, and all of them are in the page map.
//! - **Pages from the beginning.** `MAP_POPULATE`, `MADV_POPULATE_WRITE` and `mlock` give a mapping pages for
//!   writing before anybody writes. The program uses none of them. Yet a mapping that is new, or was emptied, is
//!   asked about after its first call whatever that did, so that it may begin with any pages ([`pool`](Pool)).
//! - **`userfaultfd`** puts pages in place of faults. It works on ranges that their own process registers; this one
//!   registers none.
//! - **`fork`** takes the right to write away from the pages of both sides, who have more faults for it, never
//!   fewer. The child (the process that compiles modules) runs another program at once and no call.
//! - **Swapping** takes pages away that are their memory's own; the page map shows them as swapped, which counts as
//!   written to, so that they stay in the list. Coming back is a fault. Pages of the image that are dropped are the
//!   file's again.
//! - **Moving** a page (NUMA, compaction) and looking who uses it (NUMA's hints, `DAMON`) make faults and give
//!   nobody the right to write. While it is moved, the page map shows whose it is.
//! - **KSM** puts one page in the place of several that are equal, for reading only: to write is a fault. Those are
//!   still shown as the memory's own. It looks at what asks for it alone, or at all of a process whose starter did
//!   (`MemoryKSM=`).
//! - **Other threads.** A fault counts for the thread that has it. A call's thread changes only between two turns of
//!   its future, which [`watched`] notices. The host's functions that write into a guest do so in this thread: those
//!   of WASI answer from what the host holds already, and none hands an address of the guest's to another thread, to
//!   a system call that goes on in the background (there is no `io_uring`) or to one at all. A system call's own
//!   faults count for the thread that made it.
//! - **Other processes** that may write into this one (`ptrace`, `process_vm_writev`) are the operator's.
//!
//! What a call adds to its memory is not in the image and has no part in this: it is unmapped after the call. Stacks
//! have none either: no guest can read what another left there (`stacks.rs`).

mod data;
#[expect(unsafe_code, reason = "generated code relies on it")]
mod exceptions;
#[expect(unsafe_code, reason = "only the kernel counts page faults")]
mod faults;
#[expect(unsafe_code, reason = "reads what it has mapped")]
mod image;
#[expect(unsafe_code, reason = "writes what it has mapped")]
mod kernel;
#[expect(unsafe_code, reason = "raw memory is what it is about")]
mod mapping;
mod pieces;
mod pool;
#[expect(unsafe_code, reason = "writes what it has mapped")]
mod region;
#[expect(unsafe_code, reason = "generated code relies on it")]
mod slot;
#[expect(unsafe_code, reason = "fibres rely on it")]
mod stacks;

#[cfg(test)]
#[expect(unsafe_code, reason = "writes what it has mapped")]
mod tests;

pub(crate) use data::{Inseparable, without_data};
pub(crate) use faults::watched;
pub(crate) use image::{MERGED_GAP_BYTES, MemoryImage};
pub(crate) use mapping::Mapping;
pub(crate) use pool::{NoSlot, Pool};
pub(crate) use region::{GUARD_BYTES, RESERVED_BYTES};
pub(crate) use slot::{EXCEPTIONS_RESERVED_BYTES, Slot, handing_over};
pub(crate) use stacks::Stacks;

/// Bytes of a page, as the kernel's page map counts them.
pub(crate) fn page_bytes() -> usize {
    rustix::param::page_size()
}
