use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What a call, or a compilation, may use. Exceeding a limit is an outcome of its own, except for logs, which are cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Fuel: about one unit a Wasm instruction.
    pub fuel: u64,
    /// Time from the start of the call, including turns of other calls.
    #[serde(rename = "wall_clock_ms", with = "milliseconds")]
    pub wall_clock: Duration,
    /// Bytes of linear memory, including the engine's.
    pub memory_bytes: usize,
    /// Bytes of the guest's input: the source, or the call.
    pub input_bytes: usize,
    /// Nesting of arrays and objects in the call: engines parse them recursively.
    pub input_depth: usize,
    /// Bytes of the result as JSON.
    pub output_bytes: usize,
    /// Bytes of the log as the guest writes it; what comes after is dropped and marked.
    pub log_bytes: usize,
}

impl Limits {
    /// The default limits of a call.
    pub const CALL: Self = Self {
        // A small function takes 0.13 million, recursive fib(22) 41 million; an endless loop is
        // stopped after some 40 ms of CPU time.
        fuel: 500_000_000,
        // A caller hears silence meanwhile, and KAZOO itself gives up after 5 s.
        wall_clock: Duration::from_secs(1),
        // The engine takes 1.4 MiB of it; a routing table of 20,000 entries fits.
        memory_bytes: 32 * MIB,
        // A call object is 1 to 2 KiB; the rest is room for speech transcripts and headers.
        input_bytes: 256 * KIB,
        // What most JSON parsers take; a call object is flat.
        input_depth: 128,
        // Flows are a few KiB; a generated menu of a thousand nodes fits.
        output_bytes: 256 * KIB,
        // What a person would still read of one call.
        log_bytes: 16 * KIB,
    };

    /// The default limits of a compilation.
    pub const COMPILE: Self = Self {
        // Compiling 1 MiB of dense JavaScript takes about 2,000 million.
        fuel: 5_000_000_000,
        wall_clock: Duration::from_secs(10),
        memory_bytes: 128 * MIB,
        // Larger than any function seen; tables of 20,000 entries fit.
        input_bytes: MIB,
        // A source is not a JSON document, so its depth is not checked.
        input_depth: usize::MAX,
        // Diagnostics only.
        output_bytes: 256 * KIB,
        log_bytes: 16 * KIB,
    };
}

/// A limit by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`Limits::fuel`]
    Fuel,
    /// [`Limits::wall_clock`], in milliseconds
    WallClockMs,
    /// [`Limits::memory_bytes`]
    MemoryBytes,
    /// The stack of the guest's engine, of its module, or of the host's fibre. Its size is fixed when each of them is
    /// built.
    StackBytes,
    /// [`Limits::input_bytes`] of a compilation
    SourceBytes,
    /// [`Limits::input_bytes`] of a call
    InputBytes,
    /// [`Limits::input_depth`]
    InputDepth,
    /// [`Limits::output_bytes`]
    OutputBytes,
    /// [`Limits::log_bytes`]
    LogBytes,
}

impl Limit {
    /// Every limit there is.
    pub const ALL: [Self; 9] = [
        Self::Fuel,
        Self::WallClockMs,
        Self::MemoryBytes,
        Self::StackBytes,
        Self::SourceBytes,
        Self::InputBytes,
        Self::InputDepth,
        Self::OutputBytes,
        Self::LogBytes,
    ];

    /// The limit's name in every interface and in configurations: `wall_clock_ms`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::WallClockMs => "wall_clock_ms",
            Self::MemoryBytes => "memory_bytes",
            Self::StackBytes => "stack_bytes",
            Self::SourceBytes => "source_bytes",
            Self::InputBytes => "input_bytes",
            Self::InputDepth => "input_depth",
            Self::OutputBytes => "output_bytes",
            Self::LogBytes => "log_bytes",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of a limit was used or asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The limit.
    #[serde(rename = "name")]
    pub limit: Limit,
    /// The limit's value, in its own unit.
    pub value: u64,
    /// The amount that was used or asked for, in the same unit. It exceeds the value if the excess is known.
    pub used: u64,
}

impl Usage {
    pub(crate) fn of(limit: Limit, value: impl Amount, used: impl Amount) -> Self {
        Self {
            limit,
            value: value.amount(),
            used: used.amount(),
        }
    }

    /// Whether more than four fifths were used: the next larger call may fail.
    pub(crate) fn is_close(&self) -> bool {
        self.used > self.value / 5 * 4
    }
}

/// A quantity that a limit counts: a number, or a time in milliseconds.
pub(crate) trait Amount {
    fn amount(self) -> u64;
}

impl Amount for u64 {
    fn amount(self) -> u64 {
        self
    }
}

impl Amount for usize {
    fn amount(self) -> u64 {
        self as u64
    }
}

impl Amount for Duration {
    fn amount(self) -> u64 {
        u64::try_from(self.as_millis()).unwrap_or(u64::MAX)
    }
}

mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(super::Amount::amount(*duration))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}
