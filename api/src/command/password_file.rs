//! Passwords in files, and not on the command line or in the configuration.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, ensure};

/// The first line of a file.
///
/// # Errors
/// If the line is empty.
pub(super) fn read(path: &Path) -> anyhow::Result<String> {
    let mut line = String::new();
    let read = File::open(path).and_then(|file| BufReader::new(file).read_line(&mut line));
    read.with_context(|| format!("cannot read {}", path.display()))?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(
        !password.is_empty(),
        "the password in {} is empty",
        path.display()
    );
    Ok(password.to_owned())
}
