use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::functions::declarations;

pub(super) fn execute() -> anyhow::Result<ExitCode> {
    io::stdout().write_all(declarations().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
