//! KAZOO's Crossbar API, version 2, as far as functions need it (KAZOO `applications/crossbar`).

mod accounts;
mod auth;
mod bodies;
mod context;
mod envelope;
mod error;
mod functions;
mod metrics;
mod panics;
mod run;

use std::sync::{Arc, atomic::AtomicU64};

use actix_web::{HttpResponse, web};

pub(crate) use auth::Identity;
pub(crate) use bodies::{Bodies, MAX_BODY_BYTES};
pub(crate) use envelope::Node;
pub(crate) use metrics::{Scrape, metrics_routes};
pub(crate) use panics::catch_panics;

use self::{context::RequestContext, error::ApiError};
use crate::{functions::Functions, store::Store};

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) functions: Functions,
    pub(crate) store: Store,
    pub(crate) identity: Identity,
    pub(crate) node: Node,
    pub(crate) bodies: Bodies,
    /// Panics of handlers so far.
    pub(crate) panics: AtomicU64,
}

/// Adds every route to an application.
pub(crate) fn routes(shared: Arc<Shared>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let functions = "/v2/accounts/{account}/functions";
        let resource = |path: &str| {
            web::resource(path.to_owned()).default_service(web::to(method_not_allowed))
        };
        config
            .app_data(web::Data::from(shared))
            .service(resource("/healthz").get(healthz))
            .service(
                resource("/v2/accounts/{account}")
                    .get(accounts::read)
                    .patch(accounts::patch),
            )
            .service(
                resource(functions)
                    .get(functions::list)
                    .put(functions::create),
            )
            .service(resource(&format!("{functions}/test")).post(run::test))
            .service(
                resource(&format!("{functions}/{{function}}"))
                    .get(functions::read)
                    .post(functions::replace)
                    .patch(functions::patch)
                    .delete(functions::delete),
            )
            .service(resource(&format!("{functions}/{{function}}/run")).post(run::run))
            .service(resource(&format!("{functions}/{{function}}/module")).get(run::module))
            .default_service(web::to(not_found));
    }
}

async fn healthz() -> &'static str {
    "ok\n"
}

async fn not_found(context: RequestContext) -> HttpResponse {
    context.error(&ApiError::not_found())
}

async fn method_not_allowed(context: RequestContext) -> HttpResponse {
    context.error(&ApiError::method_not_allowed())
}
