//! What was read from the database and is kept in memory, for as long as it holds.

use std::{
    hash::Hash,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use moka::sync::{Cache, CacheBuilder};

/// Entries that a write of this process makes go at once, and that no read that began before the write brings back.
pub struct Remembered<K, V> {
    cache: Cache<K, V>,
    /// Writes so far. Held while what was loaded is put in, so that no write comes between the look and the putting in.
    writes: RwLock<u64>,
}

/// Says that something was read from the database before or after a certain write.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AsOf(u64);

impl<K, V> Remembered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// `bounds` say how much is kept, and how long what another process changes may go unnoticed.
    pub fn new(bounds: CacheBuilder<K, V, Cache<K, V>>) -> Self {
        Self {
            cache: bounds.support_invalidation_closures().build(),
            writes: RwLock::new(0),
        }
    }

    /// What is kept under the key.
    pub fn get(&self, key: &K) -> Option<V> {
        self.cache.get(key)
    }

    /// To be called before the database is read.
    pub fn now(&self) -> AsOf {
        AsOf(*self.writes_so_far())
    }

    /// Keeps what was loaded, unless something was written since: then it may be outdated already.
    pub fn loaded(&self, key: K, value: V, as_of: AsOf) {
        let writes = self.writes_so_far();
        if *writes == as_of.0 {
            self.cache.insert(key, value);
        }
    }

    /// To be called after a write took effect. Whoever asks next reads what was written.
    pub fn written(&self, key: &K) {
        self.write(|cache| cache.invalidate(key));
    }

    /// Invalidates all matching entries: to be called after a write took effect.
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
