//! Memory that requests share. Each request holds a share until it drops the share.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

/// Bytes of each share that do not count for its holder, but only for the sum. Calls and small documents fit, so they
/// need no lock.
const UNHELD_BYTES: usize = 64 * 1024;

/// The reserve for holders with a token is the memory divided by this number. Strangers who take everything else cannot
/// keep these holders out.
const RESERVE_DIVISOR: usize = 4;

/// One holder may have the memory divided by this number, so it takes several holders to use it up.
const HOLDER_DIVISOR: usize = 4;

/// The memory for one purpose.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Memory>);

struct Memory {
    max_bytes: usize,
    bytes: AtomicUsize,
    refused: AtomicU64,
    /// Bytes of each holder beyond [`UNHELD_BYTES`] for each of its shares. Holders with none are left out.
    held: Mutex<HashMap<Holder, usize>>,
    /// Has random keys, so that nobody can choose a hash and be mistaken for somebody else.
    hasher: RandomState,
}

/// The holder of a share: an account, or the address of strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Holder {
    name: u64,
    is_known: bool,
}

/// There is no memory left for this.
#[derive(Debug, thiserror::Error)]
#[error("no memory is free")]
pub(crate) struct NoMemory;

/// Bytes that a holder has, until dropped.
pub(crate) struct Share {
    memory: Arc<Memory>,
    holder: Holder,
    bytes: AtomicUsize,
}

impl Budget {
    /// A budget of `max_bytes` for all shares.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self(Arc::new(Memory {
            max_bytes,
            bytes: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
            held: Mutex::default(),
            hasher: RandomState::new(),
        }))
    }

    /// Bytes of all shares.
    pub(crate) fn bytes(&self) -> usize {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Refusals for lack of memory so far.
    pub(crate) fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// The holder for an account.
    pub(crate) fn known(&self, account_id: &str) -> Holder {
        Holder {
            name: self.0.hasher.hash_one(account_id),
            is_known: true,
        }
    }

    /// The holder for all strangers at an address.
    pub(crate) fn stranger(&self, address: impl Hash) -> Holder {
        Holder {
            name: self.0.hasher.hash_one(address),
            is_known: false,
        }
    }

    /// An empty share.
    pub(crate) fn share(&self, holder: Holder) -> Share {
        Share {
            memory: Arc::clone(&self.0),
            holder,
            bytes: AtomicUsize::new(0),
        }
    }
}

impl Share {
    /// Another empty share of the same holder.
    pub(crate) fn beside(&self) -> Self {
        Self {
            memory: Arc::clone(&self.memory),
            holder: self.holder,
            bytes: AtomicUsize::new(0),
        }
    }

    /// Enlarges the share.
    ///
    /// # Errors
    /// [`NoMemory`] if the holder has as much as it may, or there is no memory left. The share then stays the same.
    pub(crate) fn grow(&self, more: usize) -> Result<(), NoMemory> {
        let memory = &*self.memory;
        let max_bytes = if self.holder.is_known {
            memory.max_bytes
        } else {
            memory.max_bytes - memory.max_bytes / RESERVE_DIVISOR
        };
        let before = self.bytes.load(Ordering::Relaxed);
        let grown = held(before.saturating_add(more)) - held(before);
        let taken = |bytes: usize| bytes.checked_add(more).filter(|sum| *sum <= max_bytes);
        let taken = memory
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        let fits = taken.is_ok()
            && (memory.hold(self.holder, grown) || {
                memory.bytes.fetch_sub(more, Ordering::Relaxed);
                false
            });
        if !fits {
            memory.refused.fetch_add(1, Ordering::Relaxed);
            return Err(NoMemory);
        }
        self.bytes.store(before + more, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let bytes = *self.bytes.get_mut();
        self.memory.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.memory.release(self.holder, held(bytes));
    }
}

/// The bytes of a share that count for its holder.
fn held(bytes: usize) -> usize {
    bytes.saturating_sub(UNHELD_BYTES)
}

impl Memory {
    fn hold(&self, holder: Holder, more: usize) -> bool {
        if more == 0 {
            return true;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = held.get(&holder).copied().unwrap_or_default();
        let fits = bytes + more <= self.max_bytes / HOLDER_DIVISOR;
        if fits {
            held.insert(holder, bytes + more);
        }
        fits
    }

    fn release(&self, holder: Holder, less: usize) {
        if less == 0 {
            return;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = held.get_mut(&holder) {
            *bytes -= less;
            if *bytes == 0 {
                held.remove(&holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn shares_are_of_one_memory_and_go_back_to_it() {
        let budget = Budget::new(10);
        let first = budget.share(budget.known("a"));
        assert!(first.grow(7).is_ok());
        let second = budget.share(budget.known("b"));
        assert!(second.grow(4).is_err());
        assert_eq!((budget.bytes(), budget.refused()), (7, 1));
        assert!(second.grow(3).is_ok());
        drop((first, second));
        assert_eq!(budget.bytes(), 0);
    }

    #[test]
    fn strangers_leave_a_quarter_to_those_who_are_known() {
        let budget = Budget::new(100);
        let strangers = budget.share(budget.stranger(1));
        assert!(strangers.grow(76).is_err());
        assert!(strangers.grow(75).is_ok());
        assert!(budget.share(budget.stranger(2)).grow(1).is_err());
        let known = budget.share(budget.known("a"));
        assert!(known.grow(25).is_ok());
    }

    #[test]
    fn one_holder_has_a_quarter_of_what_is_large() {
        let budget = Budget::new(16 * MIB);
        let [a, b] = ["a", "b"].map(|it| budget.known(it));
        let large = budget.share(a);
        assert!(large.grow(4 * MIB).is_ok());
        let more = budget.share(a);
        assert!(more.grow(UNHELD_BYTES).is_ok(), "what is small always fits");
        assert!(more.grow(UNHELD_BYTES + 1).is_err());
        assert!(budget.share(b).grow(4 * MIB).is_ok());
        drop(large);
        assert!(more.grow(3 * MIB).is_ok());
        drop(more);
        assert!(budget.0.held.lock().unwrap().is_empty());
        assert_eq!(budget.bytes(), 0);
    }
}
