use std::{
    io::{self, BufReader, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use serde_json::json;
use switchhook_runtime::{Class, Failure, Limits};

use self::starting::Code;

mod lines;
mod starting;

/// The name on the command line.
pub(super) const NAME: &str = "couchjs";

/// The argument of the process that makes machine code, which a first start starts.
const MAKE_CODE: &str = "--make-code";

/// Fuel for one line: some two seconds of work. CouchDB itself gives up after five.
const FUEL: u64 = 20_000_000_000;

/// Time for one line, in milliseconds: less than CouchDB's `os_process_timeout`, so that CouchDB gets a reason.
const TIMEOUT_MS: u64 = 4_500;

/// Most bytes of memory. A document of 8 MB, CouchDB's default limit, takes some ten times as much as objects.
const MEMORY_BYTES: usize = 256 * 1024 * 1024;

/// Most bytes of a line: several of the largest documents, as filters get them.
const LINE_BYTES: usize = 64 * 1024 * 1024;

/// CouchDB's name for an answer that took too long. CouchDB does not show its client the reason of an error `timeout`
/// (`error_info/1` in `chttpd.erl`).
const TOO_LATE: &str = "os_process_error";

/// The result of the query server's program after a fatal error, which has been answered.
const FATAL: &str = "fatal";

#[derive(clap::Args)]
#[command(version)]
pub(crate) struct Couchjs {
    /// The files that couchjs would be given; ignored
    #[arg(value_name = "FILE")]
    _files: Vec<PathBuf>,
    /// Fuel for each line: about one unit for each Wasm instruction
    #[arg(long, value_name = "UNITS", default_value_t = FUEL)]
    fuel: u64,
    /// Time for each line, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = TIMEOUT_MS)]
    timeout_ms: u64,
    /// Memory in bytes, including the engine's own 2 MiB
    #[arg(short = 'S', long, value_name = "BYTES", default_value_t = MEMORY_BYTES, value_parser = memory_bytes)]
    memory_bytes: usize,
    /// Largest size of a line, and of all answers to a line, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = LINE_BYTES)]
    line_bytes: usize,
    /// The size of couchjs's stack, in bytes; ignored, because the engine has a stack of its own
    #[arg(short = 'M', value_name = "BYTES")]
    _stack_bytes: Option<usize>,
    /// Let functions make functions from text; this is the default
    #[arg(long, conflicts_with = "no_eval")]
    eval: bool,
    /// Do not let functions make functions from text
    #[arg(long)]
    no_eval: bool,
    /// Refused: couchjs once had an HTTP client for its own tests, and functions reach no network here
    #[arg(short = 'H', long)]
    use_http: bool,
    /// Make the engine's machine code, keep it and end
    #[arg(long, hide = true)]
    make_code: bool,
}

/// Memory of the engine and the query server before the first line.
const LEAST_MEMORY_BYTES: usize = 4 * 1024 * 1024;

fn memory_bytes(given: &str) -> Result<usize, String> {
    match given.parse() {
        Ok(bytes) if bytes >= LEAST_MEMORY_BYTES => Ok(bytes),
        Ok(_) => Err(format!(
            "the engine takes {LEAST_MEMORY_BYTES} bytes itself"
        )),
        Err(error) => Err(error.to_string()),
    }
}

impl Couchjs {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        if self.use_http {
            anyhow::bail!("-H cannot be had: design functions reach no network here");
        }
        let limits = self.limits();
        let program = program(!self.no_eval);
        let code = Code::find(&limits)?;
        if self.make_code {
            code.make_good().await?;
            return Ok(ExitCode::SUCCESS);
        }
        let ended = match code.good().await? {
            Some(guest) => {
                let input = BufReader::new(io::stdin());
                guest.converse(&program, input, io::stdout(), &limits).await
            }
            None => starting::converse(code, &program, &limits).await?,
        };
        Ok(match ended {
            Ok(ended) if ended == FATAL => ExitCode::FAILURE,
            Ok(_) => ExitCode::SUCCESS,
            Err(failure) => {
                tell(&failure);
                ExitCode::FAILURE
            }
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            fuel: self.fuel,
            wall_clock: Duration::from_millis(self.timeout_ms),
            memory_bytes: self.memory_bytes,
            input_bytes: self.line_bytes,
            // A program is not a JSON document, so its depth is not checked.
            input_depth: usize::MAX,
            output_bytes: self.line_bytes,
            // Design functions log to CouchDB. So this log only contains messages of the guest about its own failure.
            log_bytes: Limits::CALL.log_bytes,
        }
    }
}

/// The query server's program: a function that contains the sources of the realms it makes. The sources say whether
/// functions may make functions from text.
fn program(may_evaluate: bool) -> String {
    let realm = |parts: &[&str]| {
        let parts = parts.concat();
        let source = format!(
            "(function (native) {{ 'use strict';\nconst mayEvaluate = {may_evaluate};\n{parts}\nreturn answer; }})"
        );
        // A JSON string is also a JavaScript string.
        json!(source).to_string()
    };
    let shared = concat!(
        include_str!("../couchjs/realm.js"),
        include_str!("../couchjs/sources.js"),
        include_str!("../couchjs/modules.js"),
    );
    let views = realm(&[
        shared,
        include_str!("../couchjs/views.js"),
        include_str!("../couchjs/indexes.js"),
    ]);
    let design = realm(&[
        shared,
        include_str!("../couchjs/response.js"),
        include_str!("../couchjs/design.js"),
        include_str!("../couchjs/render.js"),
    ]);
    let server = include_str!("../couchjs/query_server.js");
    format!("((native) => (\n{server}\n)(native, {views}, {design}))")
}

/// Tells CouchDB why no more answers will follow. CouchDB starts another process for its next line.
fn tell(failure: &Failure) {
    if let Some(detail) = &failure.detail {
        tracing::error!(detail, "the query server ended");
    }
    let name = match failure.class {
        Class::Timeout => TOO_LATE,
        class => class.name(),
    };
    let line = json!(["fatal", name, failure.error.message]);
    // CouchDB may have ended.
    let _ = writeln!(io::stdout(), "{line}");
}
