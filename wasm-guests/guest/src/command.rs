//! `_start`: the module as a WASI command. stdin is the call, stdout the result, stderr the logs.

use std::{
    io::{self, Read, Write},
    process,
};

use crate::{Engine, Failure, log::write_plain_lines};

#[doc(hidden)]
pub fn start<E: Engine>() {
    write_plain_lines();
    let mut input = Vec::new();
    if let Err(error) = io::stdin().read_to_end(&mut input) {
        eprintln!("cannot read the call from stdin: {error}");
        process::exit(2);
    }
    match E::call(input) {
        Ok(result) => {
            if let Err(error) = writeln!(io::stdout(), "{result}") {
                eprintln!("cannot write the result to stdout: {error}");
                process::exit(2);
            }
        }
        Err(Failure { thrown, .. }) => {
            eprint!("{}: {}\n{}", thrown.name, thrown.message, thrown.stack);
            process::exit(1);
        }
    }
}
