//! What all benchmarks here measure with.

mod sandbox;
mod turns;

pub(crate) use sandbox::Sandbox;
pub(crate) use turns::measure;

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The call object that routers send.
pub(crate) const CALL: &str = include_str!("../../../tests/workloads/call.json");

/// `cargo test --all-targets` runs benchmarks too, without this argument.
pub(crate) fn is_asked_for() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The head of a table as `docs/benchmarks.md` has it: texts on the left, numbers on the right.
pub(crate) fn print_head<const COLUMNS: usize>(first: &str, head: [&str; COLUMNS]) {
    println!();
    print_row(first, head);
    println!("|{}", "---|".repeat(COLUMNS + 1));
}

/// A row of it.
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
