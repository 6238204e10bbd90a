//! `_start`: the module as a WASI command. stdin is the call, stdout the flow, stderr the logs.

use std::{
    io::{self, Read, Write},
    process,
};

use crate::{console, error::Failure, function};

#[unsafe(export_name = "_start")]
extern "C" fn start() {
    console::write_plain_lines();
    let mut input = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut input) {
        eprintln!("cannot read the call from stdin: {error}");
        process::exit(2);
    }
    match function::call(input) {
        Ok(flow) => {
            if let Err(error) = writeln!(io::stdout(), "{flow}") {
                eprintln!("cannot write the flow to stdout: {error}");
                process::exit(2);
            }
        }
        Err(Failure { thrown, .. }) => {
            eprint!("{}: {}\n{}", thrown.name, thrown.message, thrown.stack);
            process::exit(1);
        }
    }
}
