//! Compiles Lua from the sources in the crate `lua-src`, with the settings that luaconf.h leaves to its users, and with an
//! interpreter that knows of no hooks.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The folder of this version in the crate.
const VERSION: &str = "lua-5.4.9";

/// Lua's own files. The files in `lua/` replace some others, and the rest is not wanted.
const CORE: [&str; 21] = [
    "lapi", "lauxlib", "lcode", "lctype", "ldebug", "ldo", "lfunc", "lgc", "llex", "lmem",
    "lobject", "lopcodes", "lparser", "lstate", "lstring", "ltable", "ltm", "lvm", "lzio",
    "lcorolib", "lstrlib",
];
const MORE: [&str; 2] = ["ltablib", "lutf8lib"];
const OWN: [&str; 6] = ["base", "debug", "math", "os", "tag", "undump"];

/// Compares kinds of values one after the other. Clang takes a wasm engine's tables of jumps for cheap, and makes one of each pair
/// of kinds that are not far apart. A comparison is cheaper than such a jump. The table of opcodes has no gaps, and stays.
const COMPARISONS: [&str; 2] = ["-mllvm", "-jump-table-density=40"];

/// Makes errors exceptions of Wasm 3.0, and not of the first proposal.
const EXCEPTIONS: [&str; 3] = ["-fwasm-exceptions", "-mllvm", "-wasm-use-legacy-eh=false"];

fn main() {
    let own = Path::new(&variable("CARGO_MANIFEST_DIR")).join("lua");
    let lua = PathBuf::from(variable("OUT_DIR")).join("lua");
    copy(&sources(), &lua);
    for (text, file, mark) in [
        ("luaconf_local.h", "luaconf.h", "#endif"),
        ("lvm_local.h", "lvm.c", "void luaV_execute ("),
    ] {
        insert(&own.join(text), &lua.join(file), mark);
    }
    // ldo.c includes the header and uses nothing of it.
    fs::write(lua.join("setjmp.h"), "").expect("it can be written");

    let mut build = cc::Build::new();
    build.include(&lua).warnings(false);
    build.flag("-fno-common").flag("-ffunction-sections");
    for flag in EXCEPTIONS.iter().chain(&COMPARISONS) {
        build.flag(flag);
    }
    for name in CORE.iter().chain(&MORE) {
        build.file(lua.join(name).with_extension("c"));
    }
    for name in OWN {
        build.file(own.join(name).with_extension("c"));
    }
    build.compile("lua");
    println!("cargo:rerun-if-changed={}", own.display());
    println!("cargo:rerun-if-changed=build.rs");
}

/// The folder of Lua's sources in cargo's registry.
fn sources() -> PathBuf {
    let metadata = Command::new(variable("CARGO"))
        .args(["metadata", "--format-version=1", "--locked"])
        .current_dir(variable("CARGO_MANIFEST_DIR"))
        // They are for the target, and cargo would apply them on the host.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap_or_else(|error| {
        let said = String::from_utf8_lossy(&metadata.stderr);
        panic!("cargo metadata: {error}: {said}")
    });
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["name"] == "lua-src")
        .filter_map(|package| package["manifest_path"].as_str())
        .find_map(|manifest| Some(Path::new(manifest).parent()?.join(VERSION)))
        .expect("the crate is a dependency")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a build has a folder");
    for file in fs::read_dir(from).expect("the crate has this version") {
        let file = file.expect("a folder can be read");
        fs::copy(file.path(), to.join(file.file_name())).expect("sources can be copied");
    }
}

/// Puts a text of this crate into a file of Lua, before the last place that begins with `mark`.
fn insert(text: &Path, file: &Path, mark: &str) {
    let text = fs::read_to_string(text).expect("it is part of this crate");
    let mut whole = fs::read_to_string(file).expect("it was just copied");
    let place = whole.rfind(mark).expect("this version of Lua has it");
    whole.insert_str(place, &text);
    fs::write(file, whole).expect("it can be written");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
