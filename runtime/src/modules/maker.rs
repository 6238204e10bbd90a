//! Starts processes that make machine code.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use super::ModuleError;

/// Limits on making one module's machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakingLimits {
    /// Processor time in seconds, on one core. The time by the clock may be fifteen times as long.
    pub cpu_seconds: u64,
    /// Address space of the process, in bytes.
    pub memory_bytes: u64,
    /// Largest machine code with everything that belongs to it, in bytes.
    pub code_bytes: u64,
}

/// Time by the clock that the process may take, as a multiple of its processor time. If calls keep all cores busy, its low
/// priority leaves it less than a tenth of a core. This bound ends a process that stands still.
const CLOCK_TIMES: u32 = 15;

/// Time between two looks at the process. Small modules take some milliseconds.
const LOOKING: Duration = Duration::from_millis(5);

/// Most bytes of the process's error text.
const MAX_WORDS_BYTES: u64 = 4096;

/// Signals that end a process at its limits (signal(7)), and the signal of Rust's abort after a failed allocation.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

impl MakingLimits {
    /// The limits as arguments of the process.
    pub fn to_arguments(&self) -> [String; 3] {
        [self.cpu_seconds, self.memory_bytes, self.code_bytes].map(|limit| limit.to_string())
    }

    fn clock(&self) -> Duration {
        Duration::from_secs(self.cpu_seconds).saturating_mul(CLOCK_TIMES)
    }
}

/// A process that is ended and waited for when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if the process has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Compiles `code` into `made`.
pub(super) async fn make(
    mut program: Command,
    code: &[u8],
    made: &File,
    limits: &MakingLimits,
) -> Result<(), ModuleError> {
    // Files instead of pipes, so that neither side waits for the other.
    let mut input = unnamed()?;
    input.write_all(code)?;
    input.rewind()?;
    let mut words = unnamed()?;
    let process = program
        .args(limits.to_arguments())
        .current_dir("/")
        .stdin(input)
        .stdout(made.try_clone()?)
        .stderr(Stdio::from(words.try_clone()?))
        .spawn()?;
    let mut process = Process(process);
    let started = Instant::now();
    let status = loop {
        if let Some(status) = process.0.try_wait()? {
            break status;
        }
        if started.elapsed() > limits.clock() {
            return Err(too_dear("takes too long"));
        }
        tokio::time::sleep(LOOKING).await;
    };
    if status.success() {
        return Ok(());
    }
    words.rewind()?;
    let mut said = Vec::new();
    words.take(MAX_WORDS_BYTES).read_to_end(&mut said)?;
    Err(failure(status, &String::from_utf8_lossy(&said)))
}

fn failure(status: ExitStatus, said: &str) -> ModuleError {
    match status.signal() {
        Some(SIGXCPU | SIGKILL) => too_dear("takes too long"),
        Some(SIGXFSZ) => too_dear("gives too much code"),
        Some(SIGABRT | SIGSEGV) => too_dear("takes too much memory"),
        _ if said.contains("memory allocation") => too_dear("takes too much memory"),
        _ => {
            let said = said.lines().next().unwrap_or("the compiler said nothing");
            ModuleError::Refused(format!("the module cannot be compiled: {said}"))
        }
    }
}

fn too_dear(what: &str) -> ModuleError {
    ModuleError::TooDear(format!("making machine code of the module {what}"))
}

/// Makes a file that exists in memory only.
fn unnamed() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("switchhook-module", MemfdFlags::CLOEXEC)?.into())
}
