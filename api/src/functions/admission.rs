//! Admission of calls and compilations: who runs, who waits for a place, and who is refused. The numbers of running and
//! waiting callers are bounded. Everybody else is refused at once, so nothing here grows with demand.
//!
//! A caller needs a place of its account first, then of its tenant, and of the server last. So an account whose places
//! are all taken delays only itself, and a tenant only its own accounts.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};

/// How many callers may run and wait: in all, of one tenant and of one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) places: u32,
    pub(crate) places_per_tenant: u32,
    pub(crate) places_per_account: u32,
    pub(crate) queued: u32,
    pub(crate) queued_per_tenant: u32,
    pub(crate) queued_per_account: u32,
    /// The longest wait before a caller is refused.
    pub(crate) max_wait: Duration,
}

/// The current load, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) running: usize,
    pub(crate) queued: usize,
}

/// All places and the queue are full, or no place became free in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no place is free")]
pub(super) struct Overloaded;

/// The places of an account, a tenant or the server, given in the order of requests, and the number of callers in the
/// queue.
struct Level {
    places: Semaphore,
    waiting: AtomicUsize,
    max_waiting: usize,
}

impl Level {
    fn new(places: u32, max_waiting: u32) -> Self {
        Self {
            places: Semaphore::new(places as usize),
            waiting: AtomicUsize::new(0),
            max_waiting: max_waiting as usize,
        }
    }

    fn wait(&self) -> Result<Waiting<'_>, Overloaded> {
        let one_more = |waiting| (waiting < self.max_waiting).then_some(waiting + 1);
        self.waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .map(|_| Waiting(&self.waiting))
            .map_err(|_| Overloaded)
    }
}

/// A caller in a queue, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The admission of one account.
pub(crate) struct Gate {
    account: Level,
    tenant: Arc<Level>,
    server: Arc<Level>,
    max_wait: Duration,
}

/// A place to run in, until dropped.
pub(super) struct Permit<'a> {
    _account: SemaphorePermit<'a>,
    _tenant: SemaphorePermit<'a>,
    _server: SemaphorePermit<'a>,
}

impl Gate {
    /// Waits for a place as long as the bounds allow. Dropping the future leaves all queues.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    pub(super) async fn enter(&self) -> Result<Permit<'_>, Overloaded> {
        match self.permit_at_once() {
            Some(permit) => Ok(permit),
            None => self.enter_queue().await,
        }
    }

    fn permit_at_once(&self) -> Option<Permit<'_>> {
        Some(Permit {
            _account: self.account.places.try_acquire().ok()?,
            _tenant: self.tenant.places.try_acquire().ok()?,
            _server: self.server.places.try_acquire().ok()?,
        })
    }

    async fn enter_queue(&self) -> Result<Permit<'_>, Overloaded> {
        let _own = self.account.wait()?;
        let _tenants = self.tenant.wait()?;
        let _all = self.server.wait()?;
        let places = async {
            Some(Permit {
                _account: self.account.places.acquire().await.ok()?,
                _tenant: self.tenant.places.acquire().await.ok()?,
                _server: self.server.places.acquire().await.ok()?,
            })
        };
        let entered = tokio::time::timeout(self.max_wait, places).await;
        entered.ok().flatten().ok_or(Overloaded)
    }
}

/// The gates of all accounts.
pub(super) struct Admission {
    bounds: Bounds,
    server: Arc<Level>,
    accounts: Mutex<Accounts>,
}

/// Gates by account. A gate lives as long as somebody holds it: while a function of the account is in memory or is
/// called.
struct Accounts {
    gates: HashMap<String, Weak<Gate>>,
    /// Levels by tenant. A level lives as long as a gate of one of the tenant's accounts.
    tenants: HashMap<String, Weak<Level>>,
    /// Number of entries at which entries without a gate are removed: twice as many as were left the last time.
    sweep_at: usize,
}

/// Smallest number of entries, of some 100 bytes each, at which removing is worthwhile.
const SWEEP_FROM: usize = 256;

impl Admission {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            server: Arc::new(Level::new(bounds.places, bounds.queued)),
            accounts: Mutex::new(Accounts {
                gates: HashMap::new(),
                tenants: HashMap::new(),
                sweep_at: SWEEP_FROM,
            }),
        }
    }

    /// The account's gate, shared by all who hold it. This takes a lock, so calls keep the gate.
    pub(super) fn gate(&self, account_id: &str, tenant_id: &str) -> Arc<Gate> {
        // A panic cannot leave the map half changed.
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = accounts.gates.get(account_id).and_then(Weak::upgrade) {
            return gate;
        }
        if accounts.gates.len() >= accounts.sweep_at {
            accounts.gates.retain(|_, gate| gate.strong_count() > 0);
            accounts.tenants.retain(|_, level| level.strong_count() > 0);
            accounts.sweep_at = SWEEP_FROM.max(2 * accounts.gates.len());
        }
        let tenant = accounts.tenants.get(tenant_id).and_then(Weak::upgrade);
        let tenant = tenant.unwrap_or_else(|| {
            let Bounds {
                places_per_tenant,
                queued_per_tenant,
                ..
            } = self.bounds;
            let level = Arc::new(Level::new(places_per_tenant, queued_per_tenant));
            let kept = Arc::downgrade(&level);
            accounts.tenants.insert(tenant_id.to_owned(), kept);
            level
        });
        let gate = Arc::new(Gate {
            tenant,
            account: Level::new(
                self.bounds.places_per_account,
                self.bounds.queued_per_account,
            ),
            server: Arc::clone(&self.server),
            max_wait: self.bounds.max_wait,
        });
        accounts
            .gates
            .insert(account_id.to_owned(), Arc::downgrade(&gate));
        gate
    }

    pub(super) fn load(&self) -> Load {
        let free = self.server.places.available_permits();
        Load {
            running: (self.bounds.places as usize).saturating_sub(free),
            queued: self.server.waiting.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests;
