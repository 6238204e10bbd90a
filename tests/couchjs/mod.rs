//! The query server, as CouchDB uses it: lines in, lines out.

#![expect(
    clippy::needless_pass_by_value,
    reason = "so that tests read like a transcript"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Once, mpsc},
    thread,
};

use serde_json::{Value, json};

use crate::server::switchhook;

mod design;
mod endings;
mod helpers;
mod indexes;
mod lists;
mod options;
mod sources;
mod starting;
mod views;

/// A query server. Killed when dropped.
struct Couchjs {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Messages that functions have logged.
    logs: Vec<String>,
}

impl Couchjs {
    fn start() -> Self {
        Self::with(&[])
    }

    /// Started as CouchDB starts it, with these options.
    fn with(options: &[&str]) -> Self {
        static MAKE_CODE: Once = Once::new();
        MAKE_CODE.call_once(|| {
            let mut first = switchhook();
            first.arg("couchjs").stdin(Stdio::null());
            assert!(first.status().unwrap().success());
        });
        let mut couchjs = switchhook();
        couchjs
            .args(["couchjs", "/usr/share/couchdb/server/main.js"])
            .args(options);
        Self::started(couchjs)
    }

    fn started(mut couchjs: Command) -> Self {
        let mut process = couchjs
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            logs: Vec::new(),
        }
    }

    fn write(&mut self, line: &str) {
        // A process that has ended is noticed by its answer.
        let _ = writeln!(self.input.as_mut().unwrap(), "{line}");
    }

    /// The next answer. Log messages are put aside.
    fn read(&mut self) -> Value {
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            let answer: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
            match answer.as_array().map(Vec::as_slice) {
                Some([kind, text]) if kind == "log" => {
                    self.logs.push(text.as_str().unwrap().into());
                }
                _ => return answer,
            }
        }
    }

    fn ask(&mut self, line: Value) -> Value {
        self.write(&line.to_string());
        self.read()
    }

    /// Asks questions and compares their answers.
    #[track_caller]
    fn says<const N: usize>(&mut self, transcript: [(Value, Value); N]) {
        for (line, expected) in transcript {
            let shown = line.to_string();
            assert_eq!(self.ask(line), expected, "{shown}");
        }
    }

    fn teach(&mut self, id: &str, document: &Value) {
        assert_eq!(self.ask(json!(["ddoc", "new", id, document])), json!(true));
    }

    /// The exit code. There must be no further answer.
    fn end(mut self) -> i32 {
        self.input = None;
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
        self.process.wait().unwrap().code().unwrap()
    }
}

impl Drop for Couchjs {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The name in an `error` or `fatal` answer.
fn name(answer: &Value) -> (&str, &str) {
    (answer[0].as_str().unwrap(), answer[1].as_str().unwrap())
}

/// Writes while reading, because the line does not fit into a pipe.
fn ask_large(mut couchjs: Couchjs, line: Vec<u8>) -> (Couchjs, Value) {
    let mut input = couchjs.input.take().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let _ = input.write_all(&line);
        let _ = sender.send(input);
    });
    let answer = couchjs.read();
    couchjs.input = receiver.recv().ok();
    (couchjs, answer)
}
