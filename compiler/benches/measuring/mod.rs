//! Measuring, for all benchmarks of this crate.

mod sandbox;
mod turns;

pub(crate) use sandbox::Sandbox;
pub(crate) use turns::measure;

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A call as routers send it.
pub(crate) const CALL: &str = include_str!("../../../tests/workloads/call.json");

/// Whether benchmarks are to run. `cargo test --all-targets` starts them without this argument.
pub(crate) fn is_asked_for() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Prints the head of a table for `docs/benchmarks.md`: texts on the left, numbers on the right.
pub(crate) fn print_head<const COLUMNS: usize>(first: &str, head: [&str; COLUMNS]) {
    println!();
    print_row(first, head);
    println!("|{}", "---|".repeat(COLUMNS + 1));
}

/// Prints a row of the table.
pub(crate) fn print_row<Cell: std::fmt::Display, const COLUMNS: usize>(
    first: &str,
    cells: [Cell; COLUMNS],
) {
    print!("| {first:<26} |");
    for cell in cells {
        print!(" {cell:>12} |");
    }
    println!();
}
