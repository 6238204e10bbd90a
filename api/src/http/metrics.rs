//! `/metrics`, on a listener of its own, because its figures are not for customers.

use std::sync::{Arc, atomic::Ordering};

use actix_web::{HttpResponse, http::header, web};
use metrics_exporter_prometheus::PrometheusHandle;
use switchhook_runtime::Engine;

use super::{Shared, gauges::Gauges};

/// Everything that a scrape reads.
pub(crate) struct Scrape {
    pub(crate) prometheus: PrometheusHandle,
    pub(crate) gauges: Gauges,
    pub(crate) shared: Arc<Shared>,
    pub(crate) engine: Engine,
}

/// Adds the route to an application.
pub(crate) fn metrics_routes(scrape: Arc<Scrape>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::Data::from(scrape))
            .service(web::resource("/metrics").get(metrics));
    }
}

async fn metrics(scrape: web::Data<Scrape>) -> HttpResponse {
    let Scrape {
        prometheus,
        gauges,
        shared,
        engine,
    } = &**scrape;
    gauges.functions(&shared.functions);
    gauges.health(&shared.health);
    gauges.local_copy(shared.health.copy_state().await);
    gauges.memory(&shared.bodies, &shared.replies);
    gauges.panics(engine.panics() + shared.panics.load(Ordering::Relaxed));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4"))
        .body(prometheus.render())
}
