//! Having machine code made by a process of its own.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use super::ModuleError;

/// What making one module's machine code may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MakingLimits {
    /// Of one core; and, twice that, by the clock.
    pub cpu_seconds: u64,
    /// Address space of the process that makes it, in bytes.
    pub memory_bytes: u64,
    /// The machine code with all that belongs to it, in bytes.
    pub code_bytes: u64,
}

/// How many times longer than its CPU time the process may be there: it shares its core with others.
const CLOCK_TIMES: u32 = 2;

/// How often it is looked at. Small modules take some milliseconds.
const LOOKING: Duration = Duration::from_millis(5);

/// Of what it says when it fails.
const MAX_WORDS_BYTES: u64 = 4096;

/// Signals that end a process at its limits (signal(7)), and the one of an allocation that fails: Rust aborts.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

impl MakingLimits {
    /// For the command line of the process.
    pub fn to_arguments(&self) -> [String; 3] {
        [self.cpu_seconds, self.memory_bytes, self.code_bytes].map(|limit| limit.to_string())
    }

    fn clock(&self) -> Duration {
        Duration::from_secs(self.cpu_seconds).saturating_mul(CLOCK_TIMES)
    }
}

/// Ended when dropped, and not left behind as a zombie.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that is not there any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Has `code` compiled into `made`.
pub(super) async fn make(
    mut program: Command,
    code: &[u8],
    made: &File,
    limits: &MakingLimits,
) -> Result<(), ModuleError> {
    // Files and no pipes: nobody waits for the other side.
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

/// A file that only exists in memory.
fn unnamed() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("switchhook-module", MemfdFlags::CLOEXEC)?.into())
}
