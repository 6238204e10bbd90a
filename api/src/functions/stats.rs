//! Calls of each function over time, counted in memory for its owner.
//!
//! A function has two rows of buckets: the minutes of the last hour, and the quarters of an hour of the last day. A
//! bucket without calls takes no memory.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use quick_cache::sync::Cache;
use serde::Serialize;
use switchhook_runtime::{Class, Outcome};
use switchhook_store::FunctionKey;

use super::unix_time::{milliseconds, seconds};

/// Most functions that are counted: those that were loaded last. A function that is called in every minute of a day
/// takes 22 KiB, and most take less than 1 KiB.
const MAX_FUNCTIONS: usize = 5_000;

/// Upper bounds of the classes of durations, in µs. The last class is open.
const DURATIONS_US: [u64; 15] = [
    32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144,
    524_288,
];

/// Numbers of calls by class of duration.
type Durations = [u32; DURATIONS_US.len() + 1];

/// A span of time up to now, in buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    /// 60 minutes.
    Hour,
    /// 96 quarters of an hour.
    Day,
}

impl Period {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "hour" => Some(Self::Hour),
            "day" => Some(Self::Day),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn bucket_s(self) -> u64 {
        match self {
            Self::Hour => 60,
            Self::Day => 15 * 60,
        }
    }

    fn buckets(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 96,
        }
    }
}

/// The counted functions of all accounts.
pub(super) struct Stats {
    functions: Cache<FunctionKey, Arc<Counts>>,
    since: SystemTime,
}

/// The calls of one function.
pub(super) struct Counts(Mutex<Rows>);

struct Rows {
    minutes: Row,
    quarters: Row,
}

/// Buckets with calls, oldest first.
struct Row {
    period: Period,
    buckets: VecDeque<Bucket>,
}

#[derive(Default)]
struct Bucket {
    /// The bucket's time since 1970, in buckets of its row.
    number: u64,
    fuel: u64,
    /// Numbers of calls, in the order of [`Class::ALL`].
    outcomes: [u32; Class::ALL.len()],
    /// Durations of the calls that reached a sandbox.
    durations: Durations,
}

impl Stats {
    pub(super) fn new() -> Self {
        Self {
            functions: Cache::new(MAX_FUNCTIONS),
            since: SystemTime::now(),
        }
    }

    /// Where the calls of a function are counted.
    pub(super) fn of_function(&self, key: &FunctionKey) -> Arc<Counts> {
        let counts = self
            .functions
            .get_or_insert_with(key, || Ok::<_, Infallible>(Arc::default()));
        counts.unwrap_or_else(|never| match never {})
    }

    /// The calls of an account's functions, by id of the function.
    pub(super) fn of_account(&self, account_id: &str, period: Period) -> AccountStats {
        let now = SystemTime::now();
        let number = seconds(now) / period.bucket_s();
        let mut total = Summary::new(period);
        let mut functions = BTreeMap::new();
        for (key, counts) in self.functions.iter() {
            if key.0 != account_id {
                continue;
            }
            let mut summary = Summary::new(period);
            counts.add_to(&mut summary, period, number);
            if summary.is_empty() {
                continue;
            }
            total.add(&summary);
            functions.insert(key.1.clone(), summary);
        }
        AccountStats {
            period: period.name(),
            bucket_s: period.bucket_s(),
            end_ms: (number + 1) * period.bucket_s() * 1_000,
            since_ms: milliseconds(self.since),
            functions: functions
                .into_iter()
                .map(|(id, summary)| FunctionStats {
                    id,
                    counted: summary.counted(),
                })
                .collect(),
            total: total.counted(),
        }
    }
}

impl Default for Counts {
    fn default() -> Self {
        let row = |period| Row {
            period,
            buckets: VecDeque::new(),
        };
        Self(Mutex::new(Rows {
            minutes: row(Period::Hour),
            quarters: row(Period::Day),
        }))
    }
}

impl Counts {
    /// Counts a call that was admitted at a time since 1970.
    pub(super) fn count<T>(&self, outcome: &Outcome<T>, clock: Duration) {
        // After a panic elsewhere, this is still a list of counts.
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.minutes.count(outcome, clock);
        rows.quarters.count(outcome, clock);
    }

    fn add_to(&self, summary: &mut Summary, period: Period, now: u64) {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let row = match period {
            Period::Hour => &rows.minutes,
            Period::Day => &rows.quarters,
        };
        for bucket in &row.buckets {
            summary.add_bucket(bucket, now);
        }
    }
}

impl Row {
    fn count<T>(&mut self, outcome: &Outcome<T>, clock: Duration) {
        let number = clock.as_secs() / self.period.bucket_s();
        // If the clock was set back, calls count in the newest bucket.
        if self.buckets.back().is_none_or(|last| last.number < number) {
            let oldest = number.saturating_sub(self.period.buckets() as u64 - 1);
            self.buckets.retain(|bucket| bucket.number >= oldest);
            self.buckets.push_back(Bucket {
                number,
                ..Bucket::default()
            });
        }
        if let Some(bucket) = self.buckets.back_mut() {
            bucket.count(outcome);
        }
    }
}

impl Bucket {
    fn count<T>(&mut self, outcome: &Outcome<T>) {
        let class = outcome.class();
        if let Some(place) = Class::ALL.iter().position(|known| *known == class) {
            self.outcomes[place] = self.outcomes[place].saturating_add(1);
        }
        self.fuel = self.fuel.saturating_add(outcome.metrics.fuel);
        if !outcome.metrics.duration.is_zero() {
            let us = outcome.metrics.duration.as_micros() as u64;
            let class = DURATIONS_US.partition_point(|bound| *bound < us);
            self.durations[class] = self.durations[class].saturating_add(1);
        }
    }
}

/// Counted calls of one or more functions.
struct Summary {
    calls: Vec<u64>,
    failures: Vec<u64>,
    fuel: u64,
    outcomes: [u64; Class::ALL.len()],
    durations: [u64; DURATIONS_US.len() + 1],
}

impl Summary {
    fn new(period: Period) -> Self {
        Self {
            calls: vec![0; period.buckets()],
            failures: vec![0; period.buckets()],
            fuel: 0,
            outcomes: [0; Class::ALL.len()],
            durations: [0; DURATIONS_US.len() + 1],
        }
    }

    fn is_empty(&self) -> bool {
        self.calls.iter().all(|calls| *calls == 0)
    }

    /// `now` is the number of the current bucket.
    fn add_bucket(&mut self, bucket: &Bucket, now: u64) {
        let age = usize::try_from(now.saturating_sub(bucket.number)).unwrap_or(usize::MAX);
        let Some(place) = (self.calls.len() - 1).checked_sub(age) else {
            return;
        };
        for (place_of_class, count) in bucket.outcomes.iter().enumerate() {
            let count = u64::from(*count);
            self.calls[place] += count;
            if Class::ALL[place_of_class] != Class::Ok {
                self.failures[place] += count;
            }
            self.outcomes[place_of_class] += count;
        }
        self.fuel = self.fuel.saturating_add(bucket.fuel);
        for (sum, count) in self.durations.iter_mut().zip(bucket.durations) {
            *sum += u64::from(count);
        }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [u64], from: &[u64]| {
            for (sum, count) in to.iter_mut().zip(from) {
                *sum += count;
            }
        };
        add(&mut self.calls, &other.calls);
        add(&mut self.failures, &other.failures);
        add(&mut self.outcomes, &other.outcomes);
        add(&mut self.durations, &other.durations);
        self.fuel = self.fuel.saturating_add(other.fuel);
    }

    fn counted(self) -> Counted {
        let outcomes = Class::ALL.iter().zip(self.outcomes);
        Counted {
            p50_us: quantile(&self.durations, 0.5),
            p99_us: quantile(&self.durations, 0.99),
            calls: self.calls,
            failures: self.failures,
            outcomes: outcomes
                .filter(|(_, count)| *count > 0)
                .map(|(class, count)| (class.name(), count))
                .collect(),
            fuel: self.fuel,
        }
    }
}

/// A quantile of the durations, in µs. `None` if no call reached a sandbox. Within a class, calls count as spread
/// evenly. For the open class, this is its lower bound.
fn quantile(durations: &[u64], part: f64) -> Option<u64> {
    let all: u64 = durations.iter().sum();
    let wanted = all as f64 * part;
    let mut before = 0;
    for (class, count) in durations.iter().enumerate() {
        let reached = before + count;
        if *count > 0 && reached as f64 >= wanted {
            let lower = class.checked_sub(1).map_or(0, |below| DURATIONS_US[below]);
            let upper = DURATIONS_US.get(class).copied().unwrap_or(lower);
            let inside = (wanted - before as f64) / *count as f64;
            return Some(lower + ((upper - lower) as f64 * inside) as u64);
        }
        before = reached;
    }
    None
}

/// The calls of an account's functions over a period, as replies show them.
#[derive(Serialize)]
pub(crate) struct AccountStats {
    period: &'static str,
    /// Seconds of a bucket.
    bucket_s: u64,
    /// When the current bucket will end, in Unix milliseconds.
    end_ms: u64,
    /// When counting began, in Unix milliseconds.
    since_ms: i64,
    functions: Vec<FunctionStats>,
    total: Counted,
}

#[derive(Serialize)]
struct FunctionStats {
    id: String,
    #[serde(flatten)]
    counted: Counted,
}

#[derive(Serialize)]
struct Counted {
    /// Calls by bucket, oldest first. The last bucket is the current one.
    calls: Vec<u64>,
    /// The calls with another outcome than `ok`, by bucket.
    failures: Vec<u64>,
    /// Calls by outcome.
    outcomes: BTreeMap<&'static str, u64>,
    /// The fuel of all calls together.
    fuel: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_us: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use serde_json::{Value, json};
    use switchhook_runtime::Failure;

    use super::*;

    fn ok(us: u64) -> Outcome<()> {
        let mut outcome = Outcome {
            result: Ok(()),
            ..Outcome::not_run(Failure::overloaded())
        };
        outcome.metrics.duration = Duration::from_micros(us);
        outcome.metrics.fuel = 10;
        outcome
    }

    /// The reply at a time, in seconds since 1970.
    fn shown(counts: &Counts, period: Period, now: u64) -> Value {
        let mut summary = Summary::new(period);
        counts.add_to(&mut summary, period, now / period.bucket_s());
        json!(summary.counted())
    }

    #[test]
    fn calls_move_to_older_buckets_and_leave() {
        let counts = Counts::default();
        let at = Duration::from_secs;
        counts.count(&ok(100), at(6_000));
        counts.count(&ok(100), at(6_059));
        counts.count(&Outcome::<()>::not_run(Failure::overloaded()), at(6_060));
        let now = shown(&counts, Period::Hour, 6_060);
        assert_eq!(now["calls"][58], 2);
        assert_eq!(now["calls"][59], 1);
        assert_eq!(now["failures"][59], 1);
        assert_eq!(now["outcomes"], json!({"ok": 2, "overloaded": 1}));
        assert_eq!(now["fuel"], 20);
        let later = shown(&counts, Period::Hour, 6_060 + 58 * 60);
        assert_eq!(later["calls"][0], 2);
        let later = shown(&counts, Period::Hour, 6_060 + 59 * 60);
        assert_eq!(later["calls"][0], 1);
        assert_eq!(later["outcomes"], json!({"overloaded": 1}));
        assert_eq!(shown(&counts, Period::Day, 6_060)["calls"][95], 3);
    }

    #[test]
    fn old_buckets_take_no_memory_and_a_clock_may_go_back() {
        let counts = Counts::default();
        for minute in 0..1_000 {
            counts.count(&ok(1), Duration::from_secs(minute * 60));
        }
        counts.count(&ok(1), Duration::from_secs(0));
        let rows = counts.0.lock().unwrap();
        assert_eq!(rows.minutes.buckets.len(), 60);
        assert_eq!(rows.quarters.buckets.len(), 67);
        assert_eq!(rows.minutes.buckets.back().unwrap().outcomes[0], 2);
    }

    #[test]
    fn quantiles_lie_within_their_class() {
        let counts = Counts::default();
        for _ in 0..98 {
            counts.count(&ok(100), Duration::ZERO);
        }
        counts.count(&ok(10_000), Duration::ZERO);
        counts.count(&ok(10_000), Duration::ZERO);
        let shown = shown(&counts, Period::Hour, 0);
        let within = |name: &str, lower, upper| {
            let us = shown[name].as_u64().unwrap();
            assert!((lower..=upper).contains(&us), "{name} {us}");
        };
        within("p50_us", 64, 128);
        within("p99_us", 8_192, 16_384);
        assert_eq!(quantile(&[0; 16], 0.5), None);
    }

    #[test]
    fn accounts_see_their_own_functions() {
        let stats = Stats::new();
        let key = |account: &str, id: &str| (account.to_owned(), id.to_owned());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        stats.of_function(&key("a", "f")).count(&ok(1), now);
        stats.of_function(&key("a", "g"));
        stats.of_function(&key("b", "h")).count(&ok(1), now);
        let shown = json!(stats.of_account("a", Period::Day));
        assert_eq!(shown["functions"].as_array().unwrap().len(), 1);
        assert_eq!(shown["functions"][0]["id"], "f");
        assert_eq!(shown["total"]["outcomes"], json!({"ok": 1}));
    }
}
