//! The metrics listener. The configuration turns it on.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App, HttpServer};
use anyhow::Context;
use metrics::NoopRecorder;
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use switchhook_runtime::Engine;

use crate::{
    functions::{DURATION, DURATION_BUCKETS, FUEL, FUEL_BUCKETS, Meters},
    http::{Gauges, Scrape, Shared, metrics_routes, restrict},
};

/// Interval at which histograms put their values into buckets. Until then they keep 32 bytes for each call: 0.5 MB at
/// 16,000 calls a second.
const UPKEEP: Duration = Duration::from_secs(1);

pub(super) struct Monitoring {
    listen: SocketAddr,
    recorder: PrometheusRecorder,
}

impl Monitoring {
    pub(super) fn new(listen: SocketAddr) -> anyhow::Result<Self> {
        let buckets = |builder: PrometheusBuilder, metric: &str, buckets: &[f64]| {
            builder.set_buckets_for_metric(Matcher::Full(metric.to_owned()), buckets)
        };
        let builder = buckets(PrometheusBuilder::new(), DURATION, &DURATION_BUCKETS)?;
        let recorder = buckets(builder, FUEL, &FUEL_BUCKETS)?.build_recorder();
        Ok(Self { listen, recorder })
    }

    /// The meters. Without monitoring, they count nothing.
    pub(super) fn meters(monitoring: Option<&Self>) -> Meters {
        match monitoring {
            Some(Self { recorder, .. }) => Meters::new(recorder),
            None => Meters::new(&NoopRecorder),
        }
    }

    /// Starts the listener on a thread of its own, so that it answers under any load. Returns the address in use.
    pub(super) fn start(self, shared: Arc<Shared>, engine: Engine) -> anyhow::Result<SocketAddr> {
        let prometheus = self.recorder.handle();
        let scrape = Arc::new(Scrape {
            prometheus: prometheus.clone(),
            gauges: Gauges::new(&self.recorder),
            shared,
            engine,
        });
        let app = move || {
            App::new()
                .wrap_fn(restrict)
                .configure(metrics_routes(Arc::clone(&scrape)))
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .bind(self.listen)
            .with_context(|| format!("cannot listen on {}", self.listen))?;
        let address = server.addrs().first().copied().unwrap_or(self.listen);
        actix_web::rt::spawn(server.run());
        actix_web::rt::spawn(keep_up(prometheus));
        Ok(address)
    }
}

async fn keep_up(prometheus: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        prometheus.run_upkeep();
    }
}
