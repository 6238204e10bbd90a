//! Lists the console's files for the program, and makes the program smaller.

use std::{env, fmt::Write, fs, io, path::Path};

/// The console, as `console/build` has left it.
const CONSOLE: &str = "console/dist";

/// The linker script for what backtraces need.
const BACKTRACES: &str = "backtraces.ld";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={CONSOLE}");
    let of_cargo = |name| env::var_os(name).ok_or(io::ErrorKind::NotFound);
    let own = of_cargo("CARGO_MANIFEST_DIR")?;
    let own = Path::new(&own);
    // Compresses the line tables for backtraces, which are read only after a panic. `-O2` is for the linker: zlib's usual
    // level, and each piece of text once.
    println!("cargo::rustc-link-arg-bins=-Wl,--compress-debug-sections=zlib,-O2");
    println!("cargo::rerun-if-changed={BACKTRACES}");
    // Without `-T`, GNU's linker would take the script for the whole program's.
    println!(
        "cargo::rustc-link-arg-bins=-T{}",
        own.join(BACKTRACES).display()
    );
    let folder = own.join(CONSOLE);
    let list = Path::new(&of_cargo("OUT_DIR")?).join("console_files.rs");
    fs::write(list, files(&folder)?)
}

/// A Rust expression: names and contents.
fn files(folder: &Path) -> io::Result<String> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let mut list = "&[\n".to_owned();
    for path in paths {
        let name = path.file_name().unwrap_or_default();
        writeln!(list, "({name:?}, include_bytes!({path:?}).as_slice()),")
            .map_err(io::Error::other)?;
    }
    Ok(list + "]")
}
