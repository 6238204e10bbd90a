//! What a call costs in each language: the same functions, each call in a fresh sandbox.
//!
//! `cargo bench --workspace --bench languages`. Times are in microseconds; compare the ratios, since times differ
//! between machines and drift on a busy one. All languages take turns, so that drift reaches them alike.

mod measuring;

use std::hint::black_box;

use measuring::{CALL, Sandbox, is_asked_for, measure, print_head, print_row};

/// The language that the others are compared with.
const REFERENCE: &str = "javascript";

/// Titles of the packs' samples: the smallest, one with a table, one that needs the time.
const FUNCTIONS: [&str; 3] = ["Say hi", "Routing table", "Business hours"];

/// The example of a pack that an operator adds: see `docs/language-packs.md`.
const EXAMPLE: &str = "../wasm-guests/jq";

/// A TypeScript function of two kilobytes.
const RECEPTION: &str = include_str!("../../tests/workloads/reception.ts");

/// Functions that use a part of `Intl` once.
const FIRST_FORMATS: [(&str, &str); 3] = [
    (
        "date",
        "return {text: new Intl.DateTimeFormat('de', {dateStyle: 'full', timeStyle: 'short'}).format(0)}",
    ),
    (
        "number",
        "return {text: new Intl.NumberFormat('de', {style: 'currency', currency: 'EUR'}).format(1234.5)}",
    ),
    ("comparison", "return {order: 'ä'.localeCompare('z')}"),
];

fn main() {
    if !is_asked_for() {
        return;
    }
    let sandboxes: Vec<_> = Sandbox::all(&[EXAMPLE]).collect();
    for function in FUNCTIONS {
        compare(&sandboxes, function);
    }
    compile_typescript(&sandboxes);
    first_formats(&sandboxes);
}

/// Prints what the first use of a part of `Intl` costs a call.
fn first_formats(sandboxes: &[Sandbox]) {
    let mut of_language = sandboxes.iter();
    let javascript = of_language.find(|sandbox| sandbox.language().id() == REFERENCE);
    let javascript = javascript.expect("it is built in");
    let functions = FIRST_FORMATS.map(|(_, source)| javascript.compile(source));
    let mut calls = functions
        .each_ref()
        .map(|function| || drop(black_box(javascript.call(function, CALL))));
    let mut cases: Vec<_> = calls.iter_mut().map(|it| it as &mut dyn FnMut()).collect();
    let samples = measure(&mut cases);
    print_head("First of Intl in a call", ["p50", "p99", "fuel"]);
    for ((name, _), (function, samples)) in FIRST_FORMATS.iter().zip(functions.iter().zip(&samples))
    {
        let (_, metrics) = javascript.call(function, CALL);
        print_row(
            name,
            [
                format!("{:.1}", samples.percentile(50)),
                format!("{:.1}", samples.percentile(99)),
                metrics.fuel.to_string(),
            ],
        );
    }
}

/// Prints how long a TypeScript function of a usual size takes to compile, with its translation.
fn compile_typescript(sandboxes: &[Sandbox]) {
    let mut of_language = sandboxes.iter();
    let typescript = of_language.find(|sandbox| sandbox.language().id() == "typescript");
    let typescript = typescript.expect("it is built in");
    let mut compile = || drop(black_box(typescript.compile(RECEPTION)));
    let samples = measure(&mut [&mut compile]);
    print_head("Compiling", ["bytes", "p50", "p99"]);
    print_row(
        "reception.ts",
        [
            RECEPTION.len().to_string(),
            format!("{:.1}", samples[0].percentile(50)),
            format!("{:.1}", samples[0].percentile(99)),
        ],
    );
}

/// Prints the table of one function.
fn compare(sandboxes: &[Sandbox], function: &str) {
    let source = |sandbox: &Sandbox| {
        let mut samples = sandbox.language().samples();
        let sample = samples.find(|sample| sample.title == function);
        sample.expect("every language has it").source.to_owned()
    };
    let sources: Vec<_> = sandboxes.iter().map(source).collect();
    let with_sources = || sandboxes.iter().zip(&sources);
    let snapshots: Vec<_> = with_sources()
        .map(|(sandbox, source)| sandbox.compile(source))
        .collect();
    let mut calls: Vec<_> = sandboxes
        .iter()
        .zip(&snapshots)
        .map(|(sandbox, snapshot)| move || drop(black_box(sandbox.call(snapshot, CALL))))
        .collect();
    let mut compilations: Vec<_> = with_sources()
        .map(|(sandbox, source)| move || drop(black_box(sandbox.compile(source))))
        .collect();
    let calls = calls.iter_mut().map(|call| call as &mut dyn FnMut());
    let compilations = compilations.iter_mut().map(|it| it as &mut dyn FnMut());
    let mut cases: Vec<_> = calls.chain(compilations).collect();
    let samples = measure(&mut cases);
    let (calls, compilations) = samples.split_at(sandboxes.len());

    let reference = sandboxes
        .iter()
        .position(|sandbox| sandbox.language().id() == REFERENCE)
        .expect("it is built in");
    let reference = calls[reference].percentile(50);
    let (by, compile, snapshot) = ("/ JavaScript", "compile p50", "snapshot, B");
    print_head(
        function,
        ["p50", "p99", by, compile, snapshot, "memory, KiB", "fuel"],
    );
    for (index, sandbox) in sandboxes.iter().enumerate() {
        let (_, metrics) = sandbox.call(&snapshots[index], CALL);
        let p50 = calls[index].percentile(50);
        print_row(
            sandbox.language().id(),
            [
                format!("{p50:.1}"),
                format!("{:.1}", calls[index].percentile(99)),
                format!("{:.2}", p50 / reference),
                format!("{:.1}", compilations[index].percentile(50)),
                snapshots[index].to_bytes().len().to_string(),
                (metrics.memory_bytes / 1024).to_string(),
                metrics.fuel.to_string(),
            ],
        );
    }
}
