//! Entries of the database in memory, valid until the next write.

use std::{
    future::Future,
    hash::Hash,
    ops::Deref,
    sync::{PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use moka::sync::{Cache, CacheBuilder};
use tokio::time::timeout;

use crate::{StoreError, Validity, moment::Moment};

/// How long a database may take to confirm an entry that is in memory. A call that waits for longer would rather have
/// the entry as it is.
const MAX_QUESTION: Duration = Duration::from_millis(500);

/// A cache. A write of this process removes an entry at once, and a read that began before the write does not bring it
/// back. Writes of other servers are noticed as [`Validity`] says.
pub struct Remembered<K, V> {
    cache: Cache<K, Kept<V>>,
    validity: Validity,
    /// The number of writes. Its lock is held while an entry is put in, so that no write comes between the check and
    /// the entry.
    writes: RwLock<u64>,
}

/// A value, and when it was right.
#[derive(Clone)]
pub struct Kept<V> {
    value: V,
    read: Moment,
}

impl<V> Deref for Kept<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// A point in the order of writes, from before a read.
#[derive(Clone, Copy)]
pub struct AsOf {
    writes: u64,
    moment: Moment,
}

impl AsOf {
    /// How many writes this process knew of. Reads with the same number see the same.
    pub fn writes(self) -> u64 {
        self.writes
    }
}

/// An error of a read.
pub trait ReadError {
    /// Whether it says nothing about what the database holds: the same read may succeed later.
    fn is_unavailable(&self) -> bool;
}

impl ReadError for StoreError {
    fn is_unavailable(&self) -> bool {
        self.is_unavailable()
    }
}

impl<K, V> Remembered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache within `bounds`: how much it keeps.
    pub fn new(bounds: CacheBuilder<K, Kept<V>, Cache<K, Kept<V>>>, validity: Validity) -> Self {
        Self {
            cache: bounds.support_invalidation_closures().build(),
            validity,
            writes: RwLock::new(0),
        }
    }

    /// The entry with this key, if nobody can have changed it unnoticed.
    pub fn get(&self, key: &K) -> Option<V> {
        let valid = self.validity.now();
        let kept = self.cache.get(key)?;
        valid.is_valid(kept.read).then_some(kept.value)
    }

    /// The entry with this key, which somebody may have changed. For comparisons, and for times without a database.
    pub fn last_known(&self, key: &K) -> Option<V> {
        let valid = self.validity.now();
        let kept = self.cache.get(key)?;
        valid.is_valid_alone(kept.read).then_some(kept.value)
    }

    /// What `reading` finds. If the database is away, or does not answer in time, the last known entry.
    ///
    /// # Errors
    /// Those of `reading`.
    pub async fn read<T: From<V>, E: ReadError>(
        &self,
        key: &K,
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(known) = self.last_known(key) else {
            return reading.await;
        };
        match timeout(MAX_QUESTION, reading).await {
            Ok(Ok(read)) => return Ok(read),
            Ok(Err(error)) if !error.is_unavailable() => return Err(error),
            _ => self.validity.used_alone(),
        }
        Ok(known.into())
    }

    /// The current point. Take it before reading the database.
    pub fn now(&self) -> AsOf {
        let writes = *self.writes_so_far();
        AsOf {
            writes,
            moment: Moment::now(),
        }
    }

    /// Keeps a loaded entry, unless there was a write since `as_of`, which may have changed it.
    pub fn loaded(&self, key: K, value: V, as_of: AsOf) {
        let writes = self.writes_so_far();
        if *writes == as_of.writes {
            let read = as_of.moment;
            self.cache.insert(key, Kept { value, read });
        }
    }

    /// Removes an entry. Call this after a write took effect, so that the next read loads the entry anew.
    pub fn written(&self, key: &K) {
        self.write(|cache| cache.invalidate(key));
    }

    /// Removes all matching entries. Call this after a write took effect.
    ///
    /// # Panics
    /// Never: [`Self::new`] has the cache support closures.
    pub fn written_where(&self, is_so: impl Fn(&K, &V) -> bool + Send + Sync + 'static) {
        self.write(|cache| {
            let registered = cache.invalidate_entries_if(move |key, kept| is_so(key, kept));
            registered.expect("closures are supported: see `new`");
        });
    }

    /// Removes all entries.
    pub fn forget_all(&self) {
        self.write(Cache::invalidate_all);
    }

    fn write(&self, forget: impl FnOnce(&Cache<K, Kept<V>>)) {
        let mut writes = self.writes.write().unwrap_or_else(PoisonError::into_inner);
        *writes += 1;
        forget(&self.cache);
    }

    fn writes_so_far(&self) -> RwLockReadGuard<'_, u64> {
        self.writes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn remembered() -> Remembered<u8, &'static str> {
        with(Validity::of_one_server())
    }

    fn with(validity: Validity) -> Remembered<u8, &'static str> {
        Remembered::new(Cache::builder().max_capacity(100), validity)
    }

    #[test]
    fn a_read_that_began_before_a_write_is_not_kept() {
        let remembered = remembered();
        let before = remembered.now();
        remembered.written(&1);
        remembered.loaded(1, "old", before);
        assert_eq!(remembered.get(&1), None);
        remembered.loaded(1, "new", remembered.now());
        assert_eq!(remembered.get(&1), Some("new"));
    }

    #[test]
    fn what_was_written_is_gone_at_once_and_the_rest_stays() {
        let remembered = remembered();
        for key in 0..4 {
            remembered.loaded(key, "loaded", remembered.now());
        }
        remembered.written(&0);
        remembered.written_where(|key, _| *key == 1);
        let left: Vec<_> = (0..4).filter(|key| remembered.get(key).is_some()).collect();
        assert_eq!(left, [2, 3]);
        remembered.loaded(1, "again", remembered.now());
        assert_eq!(remembered.get(&1), Some("again"));
        let before = remembered.now();
        remembered.forget_all();
        remembered.loaded(2, "old", before);
        assert!((0..4).all(|key| remembered.last_known(&key).is_none()));
    }

    #[tokio::test]
    async fn an_entry_is_used_as_it_is_if_the_database_is_away_or_slow() {
        let always_asked = Validity::new(Some(Duration::ZERO), Duration::MAX, None);
        let remembered = with(always_asked);
        remembered.loaded(1, "known", remembered.now());
        assert_eq!(remembered.get(&1), None);
        let away = || ready(Err::<&str, _>(StoreError::Busy));
        assert_eq!(remembered.read(&1, away()).await.unwrap(), "known");
        assert_eq!(
            remembered
                .read(&1, pending::<Result<&str, StoreError>>())
                .await
                .unwrap(),
            "known"
        );
        let read = |found| remembered.read(&1, ready(found));
        assert_eq!(read(Ok("new")).await.unwrap(), "new");
        assert!(matches!(
            read(Err(StoreError::Conflict)).await,
            Err(StoreError::Conflict)
        ));
        assert!(remembered.read(&2, away()).await.is_err());
    }
}
