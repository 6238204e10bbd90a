//! A `_changes` feed that is read while it is sent.

use std::{
    io::{self, BufRead as _, BufReader, Lines, Write as _},
    net::TcpStream,
};

use serde_json::Value;

use super::{PASSWORD, USER, basic};

pub(crate) struct Feed {
    lines: Lines<BufReader<TcpStream>>,
}

impl Feed {
    /// Opens a feed of the database `functions` at a listener, which is named as `host:port`.
    pub(crate) fn open(listener: &str, query: &str) -> Self {
        Self::try_open(listener, query).unwrap()
    }

    /// The same at a server that may be killed meanwhile.
    pub(crate) fn try_open(listener: &str, query: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect(listener)?;
        let authorization = basic(USER, PASSWORD);
        write!(
            stream,
            "GET /functions/_changes?{query} HTTP/1.1\r\nhost: x\r\nauthorization: {authorization}\r\n\r\n"
        )?;
        let mut lines = BufReader::new(stream).lines();
        let mut line = || {
            lines
                .next()
                .unwrap_or(Err(io::ErrorKind::UnexpectedEof.into()))
        };
        let status = line()?;
        if status != "HTTP/1.1 200 OK" {
            return Err(io::Error::other(status));
        }
        while !line()?.is_empty() {}
        Ok(Self { lines })
    }

    /// The next line. `None` if the feed has ended.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.lines.next()?.ok()
    }

    /// The next line of JSON. Sizes of chunks and heartbeats are skipped.
    pub(crate) fn next(&mut self) -> Option<Value> {
        self.lines.by_ref().map_while(Result::ok).find_map(|line| {
            let is_object = line.starts_with('{');
            is_object.then(|| serde_json::from_str(line.trim_end_matches(',')).ok())?
        })
    }

    /// Whether a matching line comes.
    pub(crate) fn has(&mut self, is_it: impl FnMut(String) -> bool) -> bool {
        self.lines.by_ref().map_while(Result::ok).any(is_it)
    }
}
