//! Keeps other servers off a database.

use std::{thread, time::Duration};

use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use super::{
    super::{DatabaseError, ServerLocation},
    Driver, ServerError,
    pool::Connector,
};

/// The advisory lock of the server that runs on a database.
const LOCK: i64 = 7_310_587_012_873_318_002;

/// How often the connection that has the lock is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// The right to run on a database, until this value is dropped or the process ends. If the connection that has the lock is
/// lost, it is taken again.
pub(crate) struct OnlyServer {
    _driver: Driver,
}

impl OnlyServer {
    /// `None` if another server runs on the database.
    pub(in crate::database) fn on(
        location: &ServerLocation,
    ) -> Result<Option<Self>, DatabaseError> {
        let driver = Driver::start()?;
        let handle = driver.handle();
        let connector = Connector::new(location, handle.clone())?;
        let locked = || {
            handle.block_on(async {
                let client = connector.client().await?;
                Ok::<_, tokio_postgres::Error>(is_locked(&client).await?.then_some(client))
            })
        };
        // The caller may be a task, which must not wait.
        let locked = thread::scope(|scope| scope.spawn(locked).join());
        let locked = locked.map_err(|_| DatabaseError::Thread)?;
        let Some(client) = locked.map_err(ServerError::from)? else {
            return Ok(None);
        };
        handle.spawn(hold(connector, client));
        Ok(Some(Self { _driver: driver }))
    }
}

async fn is_locked(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let sql = format!("SELECT pg_try_advisory_lock({LOCK})");
    client.query_one(&sql, &[]).await?.try_get(0)
}

/// Takes the lock again when its connection was lost. If another server has it by then, that is logged once.
async fn hold(connector: Connector, mut client: Client) {
    let mut is_other_known = false;
    loop {
        sleep(INTERVAL).await;
        // A connection that is dead without a word would otherwise seem alive.
        let alive = timeout(INTERVAL, client.simple_query("")).await;
        if matches!(alive, Ok(Ok(_))) {
            continue;
        }
        let Ok(next) = connector.client().await else {
            continue;
        };
        match is_locked(&next).await {
            Ok(true) => {
                client = next;
                is_other_known = false;
            }
            Ok(false) if !is_other_known => {
                is_other_known = true;
                tracing::error!(
                    "another server runs on the database too: each misses the other's writes"
                );
            }
            _ => {}
        }
    }
}
