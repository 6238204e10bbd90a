use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What one call, or one compilation, may use. Exceeding a limit ends it with an outcome of its own, except for
/// logs, which are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel: about one unit a Wasm instruction.
    pub fuel: u64,
    /// From the start of the call, its turns of waiting for other calls included.
    pub wall_clock: Duration,
    /// Bytes of linear memory, the engine's own included.
    pub memory_bytes: usize,
    /// Bytes of the document given to the guest: the source, or the call.
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
        // The engine takes 1.5 MiB of it; a routing table of 20,000 entries fits.
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
        // A source is no JSON document: not looked at.
        input_depth: usize::MAX,
        // Diagnostics only.
        output_bytes: 256 * KIB,
        log_bytes: 16 * KIB,
    };
}
