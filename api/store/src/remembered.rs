//! Entries of the database in memory, valid until the next write.

use std::{
    hash::Hash,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use moka::sync::{Cache, CacheBuilder};

/// A cache. A write of this process removes an entry at once, and a read that began before the write does not bring it
/// back.
pub struct Remembered<K, V> {
    cache: Cache<K, V>,
    /// The number of writes. Its lock is held while an entry is put in, so that no write comes between the check and
    /// the entry.
    writes: RwLock<u64>,
}

/// A point in the order of writes, from before a read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AsOf(u64);

impl<K, V> Remembered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache within `bounds`: how much it keeps, and for how long, since another process may change the database.
    pub fn new(bounds: CacheBuilder<K, V, Cache<K, V>>) -> Self {
        Self {
            cache: bounds.support_invalidation_closures().build(),
            writes: RwLock::new(0),
        }
    }

    /// The entry with this key.
    pub fn get(&self, key: &K) -> Option<V> {
        self.cache.get(key)
    }

    /// The current point. Take it before reading the database.
    pub fn now(&self) -> AsOf {
        AsOf(*self.writes_so_far())
    }

    /// Keeps a loaded entry, unless there was a write since `as_of`, which may have changed it.
    pub fn loaded(&self, key: K, value: V, as_of: AsOf) {
        let writes = self.writes_so_far();
        if *writes == as_of.0 {
            self.cache.insert(key, value);
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
            let registered = cache.invalidate_entries_if(is_so);
            registered.expect("closures are supported: see `new`");
        });
    }

    fn write(&self, forget: impl FnOnce(&Cache<K, V>)) {
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
    use super::*;

    fn remembered() -> Remembered<u8, &'static str> {
        Remembered::new(Cache::builder().max_capacity(100))
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
    }
}
