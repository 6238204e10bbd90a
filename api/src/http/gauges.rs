//! Gauges and counters that are updated at each scrape.

use metrics::{Counter, Gauge, Recorder, Unit, counter, gauge};
use switchhook_store::CopyState;

use super::{budget::Budget, health::Health};
use crate::functions::{Functions, Load};

/// The metrics that `/metrics` updates.
pub(crate) struct Gauges {
    calls: LoadGauges,
    compilations: LoadGauges,
    body_bytes: Gauge,
    bodies_refused: Counter,
    reply_bytes: Gauge,
    replies_refused: Counter,
    attempts_dropped: Counter,
    stale_lookups: Counter,
    database_away: Gauge,
    local_copy_missing: Gauge,
    panics: Counter,
}

struct LoadGauges {
    running: Gauge,
    queued: Gauge,
}

impl LoadGauges {
    fn set(&self, load: Load) {
        self.running.set(load.running as f64);
        self.queued.set(load.queued as f64);
    }
}

impl Gauges {
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            describe_state();
            Self {
                calls: LoadGauges {
                    running: gauge!("switchhook_calls_running"),
                    queued: gauge!("switchhook_calls_queued"),
                },
                compilations: LoadGauges {
                    running: gauge!("switchhook_compilations_running"),
                    queued: gauge!("switchhook_compilations_queued"),
                },
                body_bytes: gauge!("switchhook_body_bytes"),
                bodies_refused: counter!("switchhook_bodies_refused_total"),
                reply_bytes: gauge!("switchhook_reply_bytes"),
                replies_refused: counter!("switchhook_replies_refused_total"),
                attempts_dropped: counter!("switchhook_attempts_dropped_total"),
                stale_lookups: counter!("switchhook_stale_lookups_total"),
                database_away: gauge!("switchhook_database_away"),
                local_copy_missing: gauge!("switchhook_local_copy_missing"),
                panics: counter!("switchhook_host_panics_total"),
            }
        })
    }

    pub(crate) fn functions(&self, functions: &Functions) {
        self.calls.set(functions.call_load());
        self.compilations.set(functions.compilation_load());
        self.attempts_dropped.absolute(functions.attempts_dropped());
    }

    /// Sets the bytes of bodies and replies, and the refusals for lack of memory.
    pub(crate) fn memory(&self, bodies: &Budget, replies: &Budget) {
        self.body_bytes.set(bodies.bytes() as f64);
        self.bodies_refused.absolute(bodies.refused());
        self.reply_bytes.set(replies.bytes() as f64);
        self.replies_refused.absolute(replies.refused());
    }

    /// Sets whether the database is out of reach, and what was done without it.
    pub(crate) fn health(&self, health: &Health) {
        self.stale_lookups.absolute(health.stale_lookups());
        let away = health.is_database_away();
        self.database_away.set(f64::from(u8::from(away)));
    }

    /// Sets how much the local copy lacks: nothing, if none is configured, and not a number, if the copy cannot be used.
    pub(crate) fn local_copy(&self, state: Option<CopyState>) {
        self.local_copy_missing.set(match state {
            None => 0.0,
            Some(CopyState::Missing(missing)) => missing as f64,
            Some(CopyState::Unusable) => f64::NAN,
        });
    }

    /// Sets the number of panics.
    pub(crate) fn panics(&self, panics: u64) {
        self.panics.absolute(panics);
    }
}

fn describe_state() {
    use metrics::{describe_counter as count, describe_gauge as state};
    state!("switchhook_calls_running", "Calls that have a sandbox");
    state!("switchhook_calls_queued", "Calls that wait for one");
    state!(
        "switchhook_compilations_running",
        "Compilations that have a sandbox"
    );
    state!(
        "switchhook_compilations_queued",
        "Compilations that wait for one"
    );
    state!(
        "switchhook_body_bytes",
        Unit::Bytes,
        "Bytes of requests' bodies in memory, and of what they were parsed into"
    );
    count!(
        "switchhook_bodies_refused_total",
        "Bodies for which there was no memory"
    );
    state!(
        "switchhook_reply_bytes",
        Unit::Bytes,
        "Bytes of large replies that are being sent"
    );
    count!(
        "switchhook_replies_refused_total",
        "Large replies for which there was no memory"
    );
    count!(
        "switchhook_attempts_dropped_total",
        "Attempts that could not be kept"
    );
    count!(
        "switchhook_stale_lookups_total",
        "Entries of memory that were used because the database could not be asked"
    );
    state!(
        "switchhook_database_away",
        "1 while the database is known to be out of reach"
    );
    state!(
        "switchhook_local_copy_missing",
        "Functions, accounts and tokens that the local copy lacks"
    );
    count!(
        "switchhook_host_panics_total",
        "Panics of the host, each at the cost of one request"
    );
}
