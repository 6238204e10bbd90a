//! The documentation: links have targets, and commands do what the pages say.

use std::{fs, path::PathBuf};

mod commands;
mod deploying;
mod getting_started;
mod links;
mod page;
mod readme;
mod shell;
mod troubleshooting;

pub(super) use shell::has;

/// The folder of the project.
const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn project(path: &str) -> PathBuf {
    PathBuf::from(PROJECT).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap()
}
