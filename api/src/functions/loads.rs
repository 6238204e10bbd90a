//! Loads each function once, even if many calls wait for it.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use switchhook_store::{AsOf, Asked, ReadError, StoreError};
use tokio::sync::OnceCell;

use super::ready::Key;

/// A function, and where it is loaded from. All who ask before the next write share a load.
#[derive(Clone, PartialEq, Eq, Hash)]
struct LoadKey {
    function: Key,
    /// The number of writes so far. A task that asks after a write must see the write.
    writes: u64,
    asked: Asked,
}

/// A loaded function, and the point before which the load began. `None` if the database was unavailable: waiting tasks
/// then fail too, instead of asking once more.
type Load<T> = Arc<OnceCell<Option<(T, AsOf)>>>;

pub(super) struct Loads<T>(Mutex<HashMap<LoadKey, Load<T>>>);

impl<T: Clone> Loads<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Loads a function, or waits for another task that loads it. If that load fails, the next waiting task tries
    /// again, unless the database was unavailable.
    pub(super) async fn once<E: ReadError + From<StoreError>>(
        &self,
        function: Key,
        asked: Asked,
        as_of: AsOf,
        load: impl Future<Output = Result<T, E>>,
    ) -> Result<(T, AsOf), E> {
        let key = LoadKey {
            function,
            writes: as_of.writes(),
            asked,
        };
        let waiting = Waiting::new(self, key);
        let load = async {
            match load.await {
                Ok(loaded) => Ok(Some((loaded, as_of))),
                Err(error) if error.is_unavailable() => Ok(None),
                Err(error) => Err(error),
            }
        };
        let loaded = waiting.load.get_or_try_init(|| load).await?.clone();
        loaded.ok_or_else(|| StoreError::Busy.into())
    }
}

impl<T> Loads<T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<LoadKey, Load<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that waits for a load.
struct Waiting<'a, T> {
    loads: &'a Loads<T>,
    key: LoadKey,
    load: Load<T>,
}

impl<'a, T> Waiting<'a, T> {
    fn new(loads: &'a Loads<T>, key: LoadKey) -> Self {
        let load = Arc::clone(loads.lock().entry(key.clone()).or_default());
        Self { loads, key, load }
    }
}

impl<T> Drop for Waiting<'_, T> {
    /// The last task removes the entry.
    fn drop(&mut self) {
        const OURS_AND_THE_MAPS: usize = 2;
        let mut loads = self.loads.lock();
        if Arc::strong_count(&self.load) == OURS_AND_THE_MAPS {
            loads.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::FutureExt as _;
    use tokio::{join, sync::Notify};

    use super::*;
    use switchhook_store::{Remembered, Validity};

    fn key() -> Key {
        ("account".into(), "function".into())
    }

    fn remembered() -> Remembered<Key, u8> {
        Remembered::new(100, Validity::of_one_server())
    }

    #[tokio::test]
    async fn a_function_is_loaded_once_for_all_who_wait() {
        let remembered = remembered();
        let (loads, come) = (Loads::new(), Notify::new());
        let (as_of, loaded) = (remembered.now(), Cell::new(0));
        let load = || async {
            come.notified().await;
            loaded.set(loaded.get() + 1);
            Ok::<_, StoreError>(loaded.get())
        };
        let many = || loads.once(key(), Asked::Patiently, as_of, load());
        let all = async { join!(many(), many(), many()) };
        tokio::pin!(all);
        assert!(all.as_mut().now_or_never().is_none());

        remembered.written(&key());
        let later = loads.once(key(), Asked::Patiently, remembered.now(), async {
            Ok::<_, StoreError>(9)
        });
        assert_eq!(later.await.unwrap().0, 9, "what was written since is seen");

        come.notify_one();
        let (first, second, third) = all.await;
        assert_eq!([first, second, third].map(|it| it.unwrap().0), [1, 1, 1]);
        assert!(loads.lock().is_empty());
    }

    #[tokio::test]
    async fn what_fails_or_is_given_up_is_loaded_by_the_next_one() {
        let remembered = remembered();
        let (loads, as_of) = (Loads::new(), remembered.now());
        let mut given_up = Box::pin(loads.once(
            key(),
            Asked::Patiently,
            as_of,
            std::future::pending::<Result<u8, StoreError>>(),
        ));
        assert!(given_up.as_mut().now_or_never().is_none());
        let fails = loads.once(key(), Asked::Patiently, as_of, async {
            Err(StoreError::Conflict)
        });
        let loads_it = loads.once(key(), Asked::Patiently, as_of, async {
            Ok::<_, StoreError>(1)
        });
        let both = async { join!(fails, loads_it) };
        tokio::pin!(both);
        assert!(both.as_mut().now_or_never().is_none());
        drop(given_up);
        let (failed, loaded) = both.await;
        assert!(matches!(failed, Err(StoreError::Conflict)));
        assert_eq!(loaded.unwrap().0, 1);
        assert!(loads.lock().is_empty());
    }

    /// Otherwise each task would wait for a timeout of its own.
    #[tokio::test]
    async fn a_database_that_is_away_is_asked_once_for_all_who_wait() {
        let remembered = remembered();
        let (loads, as_of, asked) = (Loads::<u8>::new(), remembered.now(), Cell::new(0));
        let load = || async {
            asked.set(asked.get() + 1);
            tokio::task::yield_now().await;
            Err(StoreError::Busy)
        };
        let many = || loads.once(key(), Asked::Patiently, as_of, load());
        let copied = loads.once(key(), Asked::Copy, as_of, async { Ok::<_, StoreError>(1) });
        let (first, second, copied) = join!(many(), many(), copied);
        assert!(first.is_err() && second.is_err());
        assert_eq!((asked.get(), copied.unwrap().0), (1, 1));
    }
}
