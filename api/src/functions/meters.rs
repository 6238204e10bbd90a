//! Counts outcomes by name, for the operator. Labels come from fixed lists and name no accounts, so their number does
//! not grow.

use metrics::{Counter, Histogram, Recorder, Unit, counter, histogram};
use switchhook_runtime::{Class, Limit, Outcome, Usage};

/// Upper bounds in seconds. The smallest calls take some 30 µs, and by default a call ends after 1 s.
pub(crate) const DURATION_BUCKETS: [f64; 14] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0,
];

/// Upper bounds in units of fuel. The smallest calls take 0.13 million, and by default a call ends after 500 million.
pub(crate) const FUEL_BUCKETS: [f64; 12] =
    [1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8];

pub(crate) const DURATION: &str = "switchhook_call_duration_seconds";
pub(crate) const FUEL: &str = "switchhook_call_fuel";

/// The counters of calls and compilations. They are looked up by name once.
pub(crate) struct Meters {
    calls: ByName<Class>,
    compilations: ByName<Class>,
    limit_hits: ByName<Limit>,
    limit_warnings: ByName<Limit>,
    duration: Histogram,
    fuel: Histogram,
}

/// A counter for each name of a short list.
struct ByName<T>(Vec<(T, Counter)>);

impl<T: Copy + PartialEq> ByName<T> {
    fn new(names: &[T], counter: impl Fn(T) -> Counter) -> Self {
        Self(names.iter().map(|name| (*name, counter(*name))).collect())
    }

    fn count(&self, name: T) {
        // The list has a dozen entries, so comparing all of them is faster than hashing.
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| *known == name) {
            counter.increment(1);
        }
    }
}

impl Meters {
    pub(crate) fn new(recorder: &dyn Recorder) -> Self {
        metrics::with_local_recorder(recorder, || {
            describe();
            let outcomes = |metric: &'static str| {
                ByName::new(
                    &Class::ALL,
                    |class| counter!(metric, "outcome" => class.name()),
                )
            };
            let limits = |metric: &'static str| {
                ByName::new(
                    &Limit::ALL,
                    |limit| counter!(metric, "limit" => limit.name()),
                )
            };
            Self {
                calls: outcomes("switchhook_calls_total"),
                compilations: outcomes("switchhook_compilations_total"),
                limit_hits: limits("switchhook_limit_hits_total"),
                limit_warnings: limits("switchhook_limit_warnings_total"),
                duration: histogram!(DURATION),
                fuel: histogram!(FUEL),
            }
        })
    }

    pub(crate) fn call<T>(&self, outcome: &Outcome<T>) {
        self.calls.count(outcome.class());
        self.limits(outcome);
        // Calls that never reached a sandbox have no duration, and would make calls look faster than they are.
        if !outcome.metrics.duration.is_zero() {
            self.duration.record(outcome.metrics.duration);
            self.fuel.record(outcome.metrics.fuel as f64);
        }
    }

    pub(crate) fn compilation<T>(&self, outcome: &Outcome<T>) {
        self.compilations.count(outcome.class());
        self.limits(outcome);
    }

    fn limits<T>(&self, outcome: &Outcome<T>) {
        if let Some(Usage { limit, .. }) = outcome.result.as_ref().err().and_then(|it| it.limit) {
            self.limit_hits.count(limit);
        }
        for Usage { limit, .. } in &outcome.warnings {
            self.limit_warnings.count(*limit);
        }
    }
}

fn describe() {
    use metrics::{describe_counter as count, describe_histogram as distribution};
    count!("switchhook_calls_total", "Calls by how they ended");
    count!(
        "switchhook_compilations_total",
        "Compilations by how they ended"
    );
    count!(
        "switchhook_limit_hits_total",
        "Limits that ended a call or a compilation"
    );
    count!(
        "switchhook_limit_warnings_total",
        "Limits of which more than four fifths were used"
    );
    distribution!(DURATION, Unit::Seconds, "Time in the sandbox");
    distribution!(FUEL, "Fuel of a call");
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use switchhook_runtime::Failure;

    use super::*;

    #[test]
    fn outcomes_are_counted_by_name() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let meters = Meters::new(&recorder);
        meters.call(&Outcome::<()>::not_run(Failure::overloaded()));
        meters.compilation(&Outcome::<()>::not_run(Failure::internal("by design")));
        let text = recorder.handle().render();
        for line in [
            r#"switchhook_calls_total{outcome="overloaded"} 1"#,
            r#"switchhook_calls_total{outcome="ok"} 0"#,
            r#"switchhook_compilations_total{outcome="internal"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    /// Prints what counting costs a call.
    #[test]
    fn counting() {
        const TIMES: u32 = 100_000;
        let mut outcome = Outcome {
            result: Ok(()),
            ..Outcome::not_run(Failure::overloaded())
        };
        outcome.metrics.duration = std::time::Duration::from_micros(30);
        let recorder = PrometheusBuilder::new().build_recorder();
        for (name, recorder) in [
            ("on", &recorder as &dyn Recorder),
            ("off", &metrics::NoopRecorder),
        ] {
            let meters = Meters::new(recorder);
            let started = std::time::Instant::now();
            for _ in 0..TIMES {
                meters.call(&outcome);
            }
            println!("{:?} to count, metrics {name}", started.elapsed() / TIMES);
        }
    }
}
