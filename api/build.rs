//! Makes the program smaller.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Two thirds of it are line tables for backtraces, which are read when something has panicked.
    println!("cargo::rustc-link-arg-bins=-Wl,--compress-debug-sections=zlib");
}
