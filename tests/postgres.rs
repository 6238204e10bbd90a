//! A PostgreSQL server that only one test uses.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Mutex,
};

/// A server from `tests/postgres/run`. It ends when this is dropped.
pub(super) struct Postgres {
    process: Child,
    /// The server's standard input. The server ends when this is closed.
    input: Option<ChildStdin>,
    /// The address of a database, beside which others can be made.
    pub(super) address: String,
    folder: String,
}

impl Postgres {
    /// Starts a server with these options of `postgres`, after the options of `tests/postgres/run`.
    pub(super) fn start(options: &str) -> Self {
        let run = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/postgres/run");
        let script = "echo $SWITCHHOOK_TEST_DATABASE; echo $SWITCHHOOK_TEST_POSTGRES; exec cat";
        let mut process = Command::new(run)
            .args(["bash", "-c", script])
            .env("POSTGRES_OPTIONS", options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("PostgreSQL starts").unwrap();
        Self {
            address: line(),
            folder: line(),
            input: process.stdin.take(),
            process,
        }
    }

    /// Starts a standby, whose socket is in the folder `standby` of the server's folder.
    pub(super) fn standby(&self) -> Standby {
        let run = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/postgres/standby");
        let mut process = Command::new(run)
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let standby = Standby {
            input: process.stdin.take(),
            process,
            output: Mutex::new(output),
        };
        standby.says("ready");
        standby
    }

    /// Kills the server. It starts again when the result is dropped.
    pub(super) fn crash(&self) -> Away {
        let mut process = Command::new(format!("{}/crash", self.folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "gone");
        Away(process)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// A standby. It ends when this is dropped.
pub(super) struct Standby {
    process: Child,
    input: Option<ChildStdin>,
    output: Mutex<BufReader<ChildStdout>>,
}

impl Standby {
    /// Makes the standby the primary.
    pub(super) fn promote(&self) {
        let mut input = self.input.as_ref().unwrap();
        writeln!(input).unwrap();
        self.says("promoted");
    }

    fn says(&self, expected: &str) {
        let mut line = String::new();
        self.output.lock().unwrap().read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// A killed server, which starts again when this is dropped.
pub(super) struct Away(Child);

impl Drop for Away {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
