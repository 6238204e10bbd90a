//! What a load balancer asks: whether the process lives (`/healthz`), and whether requests may be sent to it (`/readyz`).

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{
    HttpResponse,
    http::{ConnectionType, StatusCode},
    web,
};
use serde_json::json;
use switchhook_store::{CopyState, Store};

use super::Shared;

/// The state of this server.
pub(crate) struct Health {
    store: Store,
    stopping: AtomicBool,
}

impl Health {
    /// The server answers requests.
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on the server asks to be sent no more requests. It answers those that come.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Has clients of a server that stops open their next connection elsewhere.
    pub(crate) fn see_off<B>(&self, reply: &mut HttpResponse<B>) {
        if self.stopping.load(Ordering::Relaxed) {
            reply.head_mut().set_connection_type(ConnectionType::Close);
        }
    }

    pub(super) fn is_database_away(&self) -> bool {
        self.store.is_away()
    }

    /// The state of the local copy. `None` if none is configured.
    pub(super) async fn copy_state(&self) -> Option<CopyState> {
        self.store.copy_state().await
    }

    /// How often memory was used because the database could not be asked.
    pub(super) fn stale_lookups(&self) -> u64 {
        self.store.used_alone()
    }

    /// A database that is away makes no server unready: calls go on without it, and the other servers have the same database.
    async fn readiness(&self) -> HttpResponse {
        let stopping = self.stopping.load(Ordering::Relaxed);
        let database = match self.is_database_away() {
            true => "away",
            false => "there",
        };
        let status = match stopping {
            true => StatusCode::SERVICE_UNAVAILABLE,
            false => StatusCode::OK,
        };
        let mut body = json!({"ready": !stopping, "database": database});
        if let Some(state) = self.copy_state().await {
            body["local_copy"] = match state {
                CopyState::Missing(0) => "complete",
                CopyState::Missing(_) => "incomplete",
                CopyState::Unusable => "unusable",
            }
            .into();
        }
        HttpResponse::build(status).json(body)
    }
}

pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

pub(super) async fn readyz(shared: web::Data<Shared>) -> HttpResponse {
    shared.health.readiness().await
}
