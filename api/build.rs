//! Makes the program smaller.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Compresses the line tables for backtraces, which are two thirds of the program and are read only after a panic.
    println!("cargo::rustc-link-arg-bins=-Wl,--compress-debug-sections=zlib");
}
