//! Limits that are set in the place of the general ones.

use std::time::Duration;

use serde::Deserialize;
use switchhook_runtime::Limits;

/// Some of [`Limits`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    fuel: Option<u64>,
    wall_clock_ms: Option<u64>,
    memory_bytes: Option<usize>,
    input_bytes: Option<usize>,
    input_depth: Option<usize>,
    output_bytes: Option<usize>,
    log_bytes: Option<usize>,
}

impl LimitSettings {
    /// The limits with these in their place.
    pub(crate) fn over(&self, limits: &Limits) -> Limits {
        Limits {
            fuel: self.fuel.unwrap_or(limits.fuel),
            wall_clock: self
                .wall_clock_ms
                .map_or(limits.wall_clock, Duration::from_millis),
            memory_bytes: self.memory_bytes.unwrap_or(limits.memory_bytes),
            input_bytes: self.input_bytes.unwrap_or(limits.input_bytes),
            input_depth: self.input_depth.unwrap_or(limits.input_depth),
            output_bytes: self.output_bytes.unwrap_or(limits.output_bytes),
            log_bytes: self.log_bytes.unwrap_or(limits.log_bytes),
        }
    }

    /// The limits, lowered to these where these are lower.
    pub(crate) fn lower(&self, limits: &Limits) -> Limits {
        let Limits {
            fuel,
            wall_clock,
            memory_bytes,
            input_bytes,
            input_depth,
            output_bytes,
            log_bytes,
        } = self.over(limits);
        Limits {
            fuel: fuel.min(limits.fuel),
            wall_clock: wall_clock.min(limits.wall_clock),
            memory_bytes: memory_bytes.min(limits.memory_bytes),
            input_bytes: input_bytes.min(limits.input_bytes),
            input_depth: input_depth.min(limits.input_depth),
            output_bytes: output_bytes.min(limits.output_bytes),
            log_bytes: log_bytes.min(limits.log_bytes),
        }
    }
}
