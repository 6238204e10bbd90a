//! The listener that shows functions as a CouchDB database. The configuration turns it on.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App, dev::ServerHandle};
use anyhow::{Context, ensure};
use switchhook_runtime::Digest;
use switchhook_store::{Store, StoreError};

use super::password_file;
use crate::{
    config::Config,
    couchdb::Database,
    http::{self, CouchDb, Shared, Users, couchdb_routes, restrict},
};

/// How long an idle connection is kept, as in CouchDB's own server (`mochiweb_http.erl`). Clients close theirs earlier,
/// so no request meets a connection that is being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(300);

/// Time for running requests after the server was asked to stop. Feeds end at once.
const SHUTDOWN_SECONDS: u64 = 5;

/// A running listener.
pub(super) struct Listener {
    /// The address in use. Its port differs from the configured one if that is 0.
    pub(super) address: SocketAddr,
    server: ServerHandle,
    couchdb: Arc<CouchDb>,
}

impl Listener {
    /// The key of cookies, if a listener is configured.
    pub(super) async fn cookie_key(
        config: &Config,
        store: &Store,
    ) -> Result<Option<[u8; 32]>, StoreError> {
        match config.couchdb.listen {
            Some(_) => store.cookie_key().await.map(Some),
            None => Ok(None),
        }
    }

    /// Starts the listener on workers of its own, as many as the API has.
    pub(super) async fn start(
        config: &Config,
        store: Store,
        cookie_key: Option<[u8; 32]>,
        shared: Arc<Shared>,
        workers: usize,
    ) -> anyhow::Result<Option<Self>> {
        let (Some(listen), Some(cookie_key)) = (config.couchdb.listen, cookie_key) else {
            return Ok(None);
        };
        let users = users(config)?;
        let database = Database::new(
            store,
            Arc::clone(&shared.functions),
            Arc::clone(&shared.accounts),
        );
        let allow = config.couchdb.allow.clone();
        let couchdb = Arc::new(CouchDb::new(shared, database, users, allow, cookie_key));
        let routes = Arc::clone(&couchdb);
        let app = move || {
            App::new()
                .wrap_fn(restrict)
                .configure(couchdb_routes(Arc::clone(&routes)))
        };
        let listener = http::Listener {
            keep_alive: KEEP_ALIVE,
            shutdown_seconds: SHUTDOWN_SECONDS,
            ..http::Listener::new(listen, workers, config.http.connections)
        };
        let (server, address) = listener
            .serve(app)
            .with_context(|| format!("cannot listen on {listen}"))?;
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(Some(Self {
            address,
            server: handle,
            couchdb,
        }))
    }

    /// Stops the listener. With `gracefully`, requests in progress are answered first.
    pub(super) async fn stop(self, gracefully: bool) {
        self.couchdb.close();
        self.server.stop(gracefully).await;
    }
}

fn users(config: &Config) -> anyhow::Result<Users> {
    let users = &config.couchdb.users;
    ensure!(
        !users.is_empty(),
        "couchdb has a listener and no users: see [couchdb.users] in docs/operations.md"
    );
    let users = users.iter().map(|(name, user)| {
        let password = password_file::read(&user.password_file)?;
        Ok((name.clone(), Digest::of(password.as_bytes())))
    });
    users.collect::<anyhow::Result<_>>().map(Users::new)
}
