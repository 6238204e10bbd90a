//! When a function that keeps failing is disabled.

use std::time::Duration;

use serde::Deserialize;

use crate::functions::failures::FailureBounds;

/// KAZOO's `attempt_failure_count` of webhooks (`webhooks_disabler.erl`).
const COUNT: u32 = 6;

/// KAZOO's `attempt_failure_expiry_ms`.
const WINDOW: Duration = Duration::from_millis(60_000);

/// Most failures that are remembered of a function: 16 KB.
const MAX_COUNT: u32 = 1_000;

/// Longest window: failures of different days have nothing to do with each other.
const MAX_WINDOW: Duration = Duration::from_hours(24);

/// When the server switches off a function that keeps failing.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FailureSettings {
    /// Failures within the window that switch a function off, at most 1,000. 0 never switches a function off.
    count: Option<u32>,
    /// The time within which failures count, at most one day.
    window_ms: Option<u64>,
}

impl FailureSettings {
    /// The bounds for an account with these settings of its own, where `self` has the general ones. `None` if functions
    /// are never disabled.
    pub(crate) fn bounds(&self, account: Option<&Self>) -> Option<FailureBounds> {
        let own =
            |setting: fn(&Self) -> Option<u64>| account.and_then(setting).or_else(|| setting(self));
        let count = own(|it| it.count.map(u64::from)).map_or(COUNT, |count| count as u32);
        let window = own(|it| it.window_ms).map_or(WINDOW, Duration::from_millis);
        (count > 0).then(|| FailureBounds {
            count: count.min(MAX_COUNT),
            window: window.min(MAX_WINDOW),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> FailureSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_accounts_settings_win_one_by_one() {
        let general = settings("count = 3");
        let bounds = |count, window_ms| {
            Some(FailureBounds {
                count,
                window: Duration::from_millis(window_ms),
            })
        };
        assert_eq!(general.bounds(None), bounds(3, 60_000));
        let own = settings("window_ms = 10");
        assert_eq!(general.bounds(Some(&own)), bounds(3, 10));
        assert_eq!(general.bounds(Some(&settings("count = 0"))), None);
        let off = settings("count = 0");
        assert_eq!(off.bounds(None), None);
        assert_eq!(off.bounds(Some(&settings("count = 7"))), bounds(7, 60_000));
    }
}
