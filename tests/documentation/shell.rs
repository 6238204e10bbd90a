//! A shell that runs a page's commands.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use super::page::{self, Block, is_as_told};
use crate::server::{SWITCHHOOK, eventually, switchhook};

/// Printed after each command.
const END: &str = "--- end of a command ---";

/// A shell. It is killed when dropped, with everything that it started.
pub(super) struct Shell {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Whether the programs that a test needs are installed. CI requires them.
pub(crate) fn has(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| {
            let found = Command::new("sh")
                .args(["-c", &format!("command -v {program}")])
                .output();
            !found.unwrap().status.success()
        })
        .collect();
    let required = std::env::var_os("SWITCHHOOK_DOCS_TOOLS").is_some();
    assert!(missing.is_empty() || !required, "missing: {missing:?}");
    if !missing.is_empty() {
        eprintln!("not run, for want of {missing:?}");
    }
    missing.is_empty()
}

/// A script in a folder, with the program under test in the `PATH`.
fn started(folder: &Path, script: &[&str]) -> Child {
    let programs = Path::new(SWITCHHOOK).parent().unwrap().to_str().unwrap();
    let path = std::env::var("PATH").unwrap();
    let cache = switchhook()
        .get_envs()
        .find_map(|(name, value)| (name == "XDG_CACHE_HOME").then_some(value?.to_owned()))
        .unwrap();
    Command::new("bash")
        .args(script)
        .current_dir(folder)
        .env("PATH", format!("{programs}:{path}"))
        .env("XDG_CACHE_HOME", cache)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Shell {
    pub(super) fn in_folder(folder: &Path) -> Self {
        let mut process = started(folder, &["-s"]);
        let mut input = process.stdin.take().unwrap();
        writeln!(input, "exec 2>&1").unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            input,
            output,
        }
    }

    /// Runs a command and returns its output.
    fn typed(&mut self, command: &str) -> String {
        // The command must not read the next one from stdin.
        let typed = format!("{{ {command}\n}} < /dev/null\nprintf '\\n%s\\n' '{END}'");
        writeln!(self.input, "{typed}").unwrap();
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the shell ended: {printed}");
            if line.trim_end() == END {
                return printed;
            }
            printed.push_str(&line);
        }
    }

    /// Runs the commands of a block, and compares their output. Commands that change nothing are repeated until the
    /// output is right, because background work takes a moment.
    pub(super) fn run(&mut self, block: &Block) {
        for page::Command { command, printed } in block.commands() {
            let changes = !command.starts_with("curl ")
                || command.contains(" -d ")
                || command.contains(" -X ");
            let mut last = String::new();
            let mut as_told = |shell: &mut Self| {
                last = shell.typed(&command);
                is_as_told(&last, &printed).then_some(())
            };
            if changes {
                let told = as_told(self);
                assert!(told.is_some(), "$ {command}\n{last}\nis not\n{printed}");
            } else {
                eventually(&command, || as_told(self));
            }
        }
    }
}

/// Starts the program of a second terminal, and waits until it has printed what its block shows.
pub(super) fn goes_on(folder: &Path, block: &Block) -> Running {
    let [page::Command { command, printed }] = &block.commands()[..] else {
        panic!("one command: {block:?}");
    };
    let process = started(folder, &["-c", &format!("exec {command}")]);
    let mut running = Running(process);
    let output = running.0.stdout.as_mut().unwrap();
    let mut told = vec![0; printed.len()];
    output.read_exact(&mut told).unwrap();
    assert_eq!(String::from_utf8(told).unwrap(), *printed);
    running
}

/// A process that is killed when dropped.
pub(super) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
