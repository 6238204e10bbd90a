//! Linear memory of instances: taken ready from a pool, and put back as if no call had ever run.
//!
//! A slot of the pool maps a guest's first memory privately, so that a page costs something only once it is written
//! to. When its instance is dropped, the pages written to are copied back from the guest's image. Which ones those are
//! only the kernel knows, and asking it costs more than a small call. But a page can be written to for the first time
//! only by a page fault: a thread that had none since the slot was taken has written to no other pages than those that
//! were written to before, and these are known.

mod data;
#[expect(unsafe_code, reason = "generated code relies on it")]
mod exceptions;
#[expect(unsafe_code, reason = "only the kernel counts page faults")]
mod faults;
#[expect(unsafe_code, reason = "reads what it has mapped")]
mod image;
#[expect(unsafe_code, reason = "raw memory is what it is about")]
mod mapping;
#[expect(unsafe_code, reason = "writes what it has mapped")]
mod room;
#[expect(unsafe_code, reason = "generated code relies on it")]
mod slot;

pub(crate) use data::without_data;
pub(crate) use faults::watched;
pub(crate) use image::{MERGED_GAP_BYTES, MemoryImage};
pub(crate) use mapping::Mapping;
pub(crate) use room::{GUARD_BYTES, Memories, NoSlot, RESERVED_BYTES};
pub(crate) use slot::{EXCEPTIONS_RESERVED_BYTES, Slot, handing_over};

/// Bytes of a page, as the kernel's page map counts them.
pub(crate) fn page_bytes() -> usize {
    rustix::param::page_size()
}
