//! Puts packs of `wasm-guests/` into the program.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

/// The packs in the program. `jq` is the example of an operator's pack, and `skeleton` the beginning of a new one.
/// Their folders are listed because cargo watches a folder with everything in it: a change of a guest's sources would
/// rebuild the program.
const PACKS: [&str; 4] = ["javascript", "lua", "python", "typescript"];

/// Subfolders of a pack that travel with it. The others are the sources of its guest.
const FOLDERS: [&str; 3] = ["", "samples", "conformance"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../wasm-guests");
    println!("cargo::rerun-if-changed=build.rs");
    let mut code = String::from("&[\n");
    for pack in PACKS.map(|name| root.join(name)) {
        code.push_str("    &[\n");
        for folder in FOLDERS {
            let inner = pack.join(folder);
            if !inner.is_dir() {
                continue;
            }
            if !folder.is_empty() {
                println!("cargo::rerun-if-changed={}", inner.display());
            }
            for file in entries(&inner)? {
                if !file.is_file() || (folder.is_empty() && !belongs_to_pack(&file)) {
                    continue;
                }
                println!("cargo::rerun-if-changed={}", file.display());
                let name = file.strip_prefix(&pack).map_err(io::Error::other)?;
                let _ = writeln!(code, "        ({name:?}, include_bytes!({file:?})),");
            }
        }
        code.push_str("    ],\n");
    }
    code.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("packs.rs"), code)
}

fn belongs_to_pack(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    name == "pack.toml" || name.ends_with(".wasm") || name.ends_with(".wasm.zst")
}

/// The entries of a folder, in the same order on every machine.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
