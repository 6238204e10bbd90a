//! Entries of the database in memory, valid until the next write.

use std::{
    collections::VecDeque,
    future::Future,
    hash::Hash,
    ops::Deref,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, UnitWeighter, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::{Store, StoreError, Validity, moment::Moment};

/// A cache. A write of this process removes an entry at once, and a read that began before the write does not bring it
/// back. Writes of other servers are noticed as [`Validity`] says.
///
/// The number of entries is bounded, or what they weigh together by `W`.
pub struct Remembered<K, V, W = UnitWeighter> {
    cache: Cache<K, Kept<V>, W>,
    validity: Validity,
    /// The lock is held while an entry is inserted, so that no write comes between the check and the insertion.
    writes: RwLock<Writes<K>>,
}

/// Bytes of a shard of a cache that is bounded in bytes. Each shard has its own lock and its part of the bytes. A part has
/// room for several of the largest entries, which are functions of 40 MiB.
const SHARD_BYTES: u64 = 256 * 1024 * 1024;

/// Shards of a cache that is bounded in bytes: enough that threads seldom wait for each other.
const MAX_SHARDS: u64 = 64;

/// The usual weight of an entry, in bytes. It decides how many evicted keys a cache knows, of eight bytes each.
const USUAL_BYTES: u64 = 4 * 1024;

/// Most writes whose keys are known. A read takes milliseconds, and some hundred writes may happen meanwhile.
const LAST_WRITES: usize = 256;

/// The writes so far.
struct Writes<K> {
    number: u64,
    /// The keys of the last writes, in their order.
    last: VecDeque<K>,
}

impl<K: Eq> Writes<K> {
    fn add(&mut self, key: K) {
        self.number += 1;
        if self.last.len() == LAST_WRITES {
            self.last.pop_front();
        }
        self.last.push_back(key);
    }

    /// Adds a write that may be about any key.
    fn add_unknown(&mut self) {
        self.number += 1;
        self.last.clear();
    }

    /// Whether an entry may have been written after the write with the number `since`.
    fn may_have_changed(&self, key: &K, since: u64) -> bool {
        let number = usize::try_from(self.number - since).unwrap_or(usize::MAX);
        match self.last.len().checked_sub(number) {
            Some(before) => self.last.iter().skip(before).any(|written| written == key),
            None => true,
        }
    }
}

/// A value, and the moment at which it was right.
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
    /// The number of writes that this process knew of. Reads with the same number see the same state.
    pub fn writes(self) -> u64 {
        self.writes
    }
}

/// An error of a read.
pub trait ReadError {
    /// Whether the error says nothing about the database's contents, so that the same read may succeed later.
    fn is_unavailable(&self) -> bool;
}

impl ReadError for StoreError {
    fn is_unavailable(&self) -> bool {
        self.is_unavailable()
    }
}

impl<K: Clone + Hash + Eq, V: Clone> Remembered<K, V> {
    /// A cache of `max` entries.
    pub fn new(max: usize, validity: Validity) -> Self {
        Self::in_cache(Cache::new(max), validity)
    }
}

impl<K: Clone + Hash + Eq, V: Clone, W: Weighter<K, Kept<V>> + Clone> Remembered<K, V, W> {
    /// A cache of entries that take `max_bytes` together. `weighter` counts the bytes of an entry, always the same ones.
    ///
    /// # Panics
    /// Never: nothing is missing in the options.
    pub fn of_bytes(max_bytes: u64, weighter: W, validity: Validity) -> Self {
        let options = OptionsBuilder::new()
            .shards((max_bytes / SHARD_BYTES).clamp(1, MAX_SHARDS) as usize)
            .estimated_items_capacity((max_bytes / USUAL_BYTES) as usize)
            .weight_capacity(max_bytes)
            .build()
            .expect("both capacities are given");
        let cache = Cache::with_options(
            options,
            weighter,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        );
        Self::in_cache(cache, validity)
    }

    fn in_cache(cache: Cache<K, Kept<V>, W>, validity: Validity) -> Self {
        Self {
            cache,
            validity,
            writes: RwLock::new(Writes {
                number: 0,
                last: VecDeque::new(),
            }),
        }
    }

    /// The entry with this key, from memory, or else from the database by `reading`. `reading` gets a store and the
    /// current point, and returns the entry with the point before which it was read. While the database is away or does
    /// not answer in time, the entry is the last known one, or else the local copy's.
    ///
    /// # Errors
    /// The errors of `reading`. If the local copy lacks the entry, the entry may exist in the database, so the
    /// database's error is returned.
    pub async fn read<E: ReadError, F: Future<Output = Result<Option<(V, AsOf)>, E>>>(
        &self,
        store: &Store,
        key: &K,
        reading: impl Fn(Store, AsOf) -> F,
    ) -> Result<Option<V>, E> {
        if let Some(value) = self.get(key) {
            return Ok(Some(value));
        }
        // Boxed, because this future is large and rarely needed.
        Box::pin(self.ask(store, key, reading)).await
    }

    async fn ask<E: ReadError, F: Future<Output = Result<Option<(V, AsOf)>, E>>>(
        &self,
        store: &Store,
        key: &K,
        reading: impl Fn(Store, AsOf) -> F,
    ) -> Result<Option<V>, E> {
        let (known, copy) = (self.last_known(key), store.copy());
        let can_do_without = known.is_some() || copy.is_some();
        let asked = match can_do_without {
            true => store.hurried(),
            false => store.clone(),
        };
        let error = match self.found(key, reading(asked, self.now())).await {
            Err(error) if can_do_without && error.is_unavailable() => error,
            answered => return answered,
        };
        if known.is_some() {
            self.validity.used_alone();
            return Ok(known);
        }
        let as_of = AsOf {
            moment: self.validity.copied(),
            ..self.now()
        };
        if let Some(copy) = copy
            && self.validity.now().is_valid_alone(as_of.moment)
            && let Ok(Some(copied)) = self.found(key, reading(copy, as_of)).await
        {
            self.validity.used_alone();
            return Ok(Some(copied));
        }
        match store.is_away() {
            true => Err(error),
            // The database may just be slow.
            false => self.found(key, reading(store.clone(), self.now())).await,
        }
    }

    /// Keeps the result of a read.
    async fn found<E>(
        &self,
        key: &K,
        reading: impl Future<Output = Result<Option<(V, AsOf)>, E>>,
    ) -> Result<Option<V>, E> {
        let Some((value, as_of)) = reading.await? else {
            if self.cache.contains_key(key) {
                self.written(key);
            }
            return Ok(None);
        };
        self.loaded(key.clone(), value.clone(), as_of);
        Ok(Some(value))
    }

    /// The entry with this key, if no unnoticed write can have changed it.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let valid = self.validity.now();
        let kept = self.cache.get(key)?;
        valid.is_valid(kept.read).then_some(kept.value)
    }

    /// Whether [`Self::read`] would answer from memory.
    pub fn is_known(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// The entry with this key, which may be outdated. For comparisons, and for times when the database is away.
    pub fn last_known(&self, key: &K) -> Option<V> {
        let valid = self.validity.now();
        let kept = self.cache.get(key)?;
        valid.is_valid_alone(kept.read).then_some(kept.value)
    }

    /// The current point. Take it before reading the database.
    pub fn now(&self) -> AsOf {
        AsOf {
            writes: self.writes_so_far().number,
            moment: Moment::now(),
        }
    }

    /// Keeps a loaded entry, unless there was a write since `as_of` that may have changed it.
    pub(crate) fn loaded(&self, key: K, value: V, as_of: AsOf) {
        let writes = self.writes_so_far();
        if !writes.may_have_changed(&key, as_of.writes) {
            let read = as_of.moment;
            self.cache.insert(key, Kept { value, read });
        }
    }

    /// Removes an entry. Call this after a write took effect, so that the next read loads the entry anew.
    pub fn written(&self, key: &K) {
        let mut writes = self.writing();
        writes.add(key.clone());
        self.cache.remove(key);
    }

    /// Removes all matching entries. Call this after a write took effect.
    pub fn written_where(&self, is_so: impl Fn(&K, &V) -> bool) {
        let mut writes = self.writing();
        writes.add_unknown();
        self.cache.retain(|key, kept| !is_so(key, kept));
    }

    /// Removes all entries.
    pub fn forget_all(&self) {
        let mut writes = self.writing();
        writes.add_unknown();
        self.cache.clear();
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Writes<K>> {
        self.writes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn writes_so_far(&self) -> RwLockReadGuard<'_, Writes<K>> {
        self.writes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, time::Duration};

    use super::*;
    use crate::tests::empty;

    fn remembered() -> Remembered<u8, &'static str> {
        with(Validity::of_one_server())
    }

    fn with(validity: Validity) -> Remembered<u8, &'static str> {
        Remembered::new(100, validity)
    }

    /// A text weighs as much as it has bytes.
    #[derive(Clone)]
    struct Length;

    impl Weighter<u8, Kept<&'static str>> for Length {
        fn weight(&self, _: &u8, text: &Kept<&'static str>) -> u64 {
            text.len() as u64
        }
    }

    #[test]
    fn what_weighs_too_much_is_not_kept() {
        let remembered = Remembered::of_bytes(30, Length, Validity::of_one_server());
        let load = |key, text| remembered.loaded(key, text, remembered.now());
        load(0, "more bytes than there is room for in all");
        assert_eq!(remembered.get(&0), None);
        for key in 1..=10 {
            load(key, "ten bytes.");
            assert!(remembered.get(&key).is_some());
        }
        let kept = (1..=10).filter(|key| remembered.is_known(key)).count();
        assert_eq!(kept, 3);
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
    fn a_read_is_kept_whatever_else_was_written_meanwhile() {
        let remembered = remembered();
        let before = remembered.now();
        for key in 2..=u8::MAX {
            remembered.written(&key);
        }
        remembered.loaded(1, "read", before);
        assert_eq!(remembered.get(&1), Some("read"));
        // More writes than [`LAST_WRITES`].
        let before = remembered.now();
        for key in (2..=u8::MAX).chain(2..=u8::MAX) {
            remembered.written(&key);
        }
        remembered.loaded(0, "late", before);
        assert_eq!(remembered.get(&0), None);
        let before = remembered.now();
        remembered.written_where(|key, _| *key == 9);
        remembered.loaded(0, "late", before);
        assert_eq!(remembered.get(&0), None);
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

    /// Reads an entry without a store.
    async fn read(
        remembered: &Remembered<u8, &'static str>,
        key: u8,
        found: impl Fn() -> Result<Option<&'static str>, StoreError>,
    ) -> Result<Option<&'static str>, StoreError> {
        let (store, _folder) = empty().await;
        let read = |_, as_of| ready(found().map(|it| it.map(|value| (value, as_of))));
        remembered.read(&store, &key, read).await
    }

    #[tokio::test]
    async fn an_entry_is_used_as_it_is_if_the_database_is_away() {
        let always_asked = Validity::new(Some(Duration::ZERO), Duration::MAX, None);
        let remembered = with(always_asked);
        remembered.loaded(1, "known", remembered.now());
        assert_eq!(remembered.get(&1), None);
        let away = || Err(StoreError::Busy);
        assert_eq!(read(&remembered, 1, away).await.unwrap(), Some("known"));
        let new = read(&remembered, 1, || Ok(Some("new"))).await;
        assert_eq!(new.unwrap(), Some("new"));
        assert_eq!(read(&remembered, 1, away).await.unwrap(), Some("new"));
        let fails = read(&remembered, 1, || Err(StoreError::Conflict)).await;
        assert!(matches!(fails, Err(StoreError::Conflict)));
        assert!(read(&remembered, 2, away).await.is_err());
        assert_eq!(read(&remembered, 1, || Ok(None)).await.unwrap(), None);
        assert!(read(&remembered, 1, away).await.is_err());
    }
}
