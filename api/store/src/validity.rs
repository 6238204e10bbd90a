//! How long entries in memory may be used without asking the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::moment::Moment;

/// For how long a server that shares its database uses an entry after the moment at which the entry was known to be
/// right. All other servers see a change within this time after it was acknowledged.
pub(crate) const SHARED: Duration = Duration::from_secs(1);

/// How long entries in memory may be used.
#[derive(Clone, Debug)]
pub struct Validity {
    /// How long an entry is used without asking the database. `None`: until a write removes the entry.
    unasked: Option<Duration>,
    /// How long an entry is used while the database cannot be asked.
    alone: Duration,
    /// When this process had last seen all writes of other servers, if servers share the database.
    confirmed: Option<Confirmed>,
    /// How often entries were used because the database could not be asked.
    used_alone: UsedAlone,
}

/// How often entries were used because the database could not be asked. Clones share the count.
#[derive(Clone, Debug, Default)]
pub(crate) struct UsedAlone(Arc<AtomicU64>);

impl UsedAlone {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Validity {
    /// For a server that does not share its database: entries are valid until a write of the server removes them.
    pub fn of_one_server() -> Self {
        Self::new(None, Duration::MAX, None)
    }

    pub(crate) fn new(
        unasked: Option<Duration>,
        alone: Duration,
        confirmed: Option<Confirmed>,
    ) -> Self {
        Self {
            unasked: match confirmed {
                Some(_) => Some(SHARED),
                None => unasked,
            },
            alone,
            confirmed,
            used_alone: UsedAlone::default(),
        }
    }

    /// Counts the use of entries without the database in `used_alone`.
    pub(crate) fn counted(self, used_alone: UsedAlone) -> Self {
        Self { used_alone, ..self }
    }

    /// Call this when an entry is used because the database cannot be asked.
    pub(crate) fn used_alone(&self) {
        self.used_alone.0.fetch_add(1, Ordering::Relaxed);
    }

    /// The moment at which the local copy was right. The copy knows of the same writes as memory.
    pub(crate) fn copied(&self) -> Moment {
        self.confirmed
            .as_ref()
            .map_or(Moment::NEVER, Confirmed::moment)
    }

    /// The state by which entries are judged. Take it before the entry is read from memory: an entry that is still
    /// there has survived all writes that were seen by then.
    pub(crate) fn now(&self) -> ValidNow<'_> {
        ValidNow {
            validity: self,
            confirmed: self.confirmed.as_ref().map(Confirmed::moment),
        }
    }
}

/// The validity of entries, as of a moment.
pub(crate) struct ValidNow<'a> {
    validity: &'a Validity,
    confirmed: Option<Moment>,
}

impl ValidNow<'_> {
    /// Whether an entry that was read at a moment may be used without asking the database.
    pub(crate) fn is_valid(&self, read: Moment) -> bool {
        match self.validity.unasked {
            None => true,
            Some(unasked) => self.right_at(read).elapsed() < unasked,
        }
    }

    /// Whether an entry that was read at a moment may be used while the database cannot be asked.
    pub(crate) fn is_valid_alone(&self, read: Moment) -> bool {
        self.right_at(read).elapsed() < self.validity.alone
    }

    /// An entry was right when it was read. If no write removed it since, it was still right at the confirmed moment.
    fn right_at(&self, read: Moment) -> Moment {
        self.confirmed.map_or(read, |confirmed| read.max(confirmed))
    }
}

/// The moment before which all writes of all servers are known to this process. Clones share the moment.
#[derive(Clone, Debug)]
pub(crate) struct Confirmed(Arc<AtomicU64>);

impl Confirmed {
    /// Nothing is known yet.
    pub(crate) fn never() -> Self {
        Self(Arc::new(AtomicU64::new(Moment::NEVER.milliseconds())))
    }

    /// Everything written before `moment` has been noticed.
    pub(crate) fn set(&self, moment: Moment) {
        self.0.store(moment.milliseconds(), Ordering::Release);
    }

    fn moment(&self) -> Moment {
        Moment::from_milliseconds(self.0.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_server_with_a_database_of_its_own_asks_when_it_was_told_to() {
        let never = Validity::new(None, HOUR, None);
        assert!(never.now().is_valid(Moment::ago(2 * HOUR)));
        let hourly = Validity::new(Some(HOUR), 3 * HOUR, None);
        assert!(hourly.now().is_valid(Moment::ago(HOUR / 2)));
        assert!(!hourly.now().is_valid(Moment::ago(2 * HOUR)));
        assert!(hourly.now().is_valid_alone(Moment::ago(2 * HOUR)));
        assert!(!hourly.now().is_valid_alone(Moment::ago(4 * HOUR)));
    }

    #[test]
    fn a_server_that_shares_its_database_asks_unless_all_writes_were_seen_a_moment_ago() {
        let confirmed = Confirmed::never();
        let shared = Validity::new(None, HOUR, Some(confirmed.clone()));
        assert!(shared.now().is_valid(Moment::now()));
        assert!(!shared.now().is_valid(Moment::ago(2 * SHARED)));
        confirmed.set(Moment::now());
        assert!(shared.now().is_valid(Moment::ago(2 * HOUR)));
        confirmed.set(Moment::ago(2 * SHARED));
        assert!(!shared.now().is_valid(Moment::ago(2 * HOUR)));
        assert!(shared.now().is_valid_alone(Moment::ago(2 * HOUR)));
        confirmed.set(Moment::ago(2 * HOUR));
        assert!(!shared.now().is_valid_alone(Moment::ago(2 * HOUR)));
    }

    /// A thread may be paused between reading the state and reading the entry.
    #[test]
    fn what_is_confirmed_later_says_nothing_of_an_entry() {
        let confirmed = Confirmed::never();
        let shared = Validity::new(None, HOUR, Some(confirmed.clone()));
        let before = shared.now();
        confirmed.set(Moment::now());
        assert!(!before.is_valid(Moment::ago(2 * SHARED)));
    }
}
