//! Limits of an account or a function, which lower the general limits.

use std::time::Duration;

use serde::Deserialize;
use switchhook_runtime::Limits;

/// Limits of one call or one compilation.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    /// Units of fuel, about one per Wasm instruction.
    fuel: Option<u64>,
    /// Wall-clock time.
    wall_clock_ms: Option<u64>,
    /// The sandbox's memory, including the language engine's own.
    memory_bytes: Option<usize>,
    /// The size of the call, or of the source.
    input_bytes: Option<usize>,
    /// How deeply the call may be nested. A source has no such limit.
    input_depth: Option<usize>,
    /// The size of the result.
    output_bytes: Option<usize>,
    /// The size of the log. Longer logs are cut, and the call continues.
    log_bytes: Option<usize>,
}

impl LimitSettings {
    /// The limits with these values in place of theirs.
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

    /// The limits, lowered to these values where these are lower.
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
