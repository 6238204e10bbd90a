//! What isolation costs. Each workload runs as an isolated call, on native QuickJS in a fresh engine for each call, and
//! on native QuickJS in one context.
//!
//! `cargo bench --workspace --bench calls` takes about half a minute. Times are in microseconds. Compare the ratios:
//! times differ between machines and drift on a busy one. All cases of a workload take turns, so that drift reaches
//! them alike.

mod measuring;
#[path = "measuring/native.rs"]
mod native;

use std::hint::black_box;

use measuring::{CALL, Sandbox, is_asked_for, measure, print_head, print_row};

const SAY_HI: Workload = Workload {
    name: "say_hi",
    source: include_str!("../../tests/workloads/say_hi.js"),
};
const WORKLOADS: [Workload; 4] = [
    SAY_HI,
    Workload {
        name: "fun_day",
        source: include_str!("../../tests/workloads/fun_day.js"),
    },
    Workload {
        name: "routing_table",
        source: include_str!("../../tests/workloads/routing_table.js"),
    },
    Workload {
        name: "fib22",
        source: include_str!("../../tests/workloads/fib22.js"),
    },
];

struct Workload {
    name: &'static str,
    source: &'static str,
}

fn main() {
    if !is_asked_for() {
        return;
    }
    let of_javascript = |sandbox: &Sandbox| sandbox.language().id() == "javascript";
    let sandbox = Sandbox::all(&[])
        .find(of_javascript)
        .expect("it is built in");
    print_head(
        "",
        [
            "isolated p50",
            "p99",
            "p99 / p50",
            "floor p50",
            "p99",
            "fresh engine",
            "iso. / floor",
            "iso. / fresh",
            "compile p50",
            "snapshot, B",
            "fuel",
        ],
    );
    for workload in &WORKLOADS {
        compare(&sandbox, workload);
    }
    account(&sandbox);
}

/// Prints the row of one workload.
fn compare(sandbox: &Sandbox, workload: &Workload) {
    let &Workload { name, source } = workload;
    let snapshot = sandbox.compile(source);
    native::in_new_engine(|ctx| {
        let function = native::function(ctx, source);
        let (result, metrics) = sandbox.call(&snapshot, CALL);
        assert_eq!(result, native::call(ctx, &function, CALL), "{name}");

        let samples = measure(&mut [
            &mut || drop(black_box(sandbox.call(&snapshot, CALL))),
            &mut || drop(black_box(native::call(ctx, &function, CALL))),
            &mut || {
                native::in_new_engine(|ctx| {
                    let function = native::function(ctx, source);
                    drop(black_box(native::call(ctx, &function, CALL)));
                });
            },
            &mut || drop(black_box(sandbox.compile(source))),
        ]);
        let [isolated, floor, fresh, compile] = samples.as_slice() else {
            unreachable!("as many series as cases")
        };
        let [isolated_p50, floor_p50, fresh_p50] =
            [isolated, floor, fresh].map(|samples| samples.percentile(50));
        print_row(
            name,
            [
                format!("{isolated_p50:.1}"),
                format!("{:.1}", isolated.percentile(99)),
                format!("{:.2}", isolated.percentile(99) / isolated_p50),
                format!("{floor_p50:.1}"),
                format!("{:.1}", floor.percentile(99)),
                format!("{fresh_p50:.1}"),
                format!("{:.2}", isolated_p50 / floor_p50),
                format!("{:.2}", isolated_p50 / fresh_p50),
                format!("{:.1}", compile.percentile(50)),
                snapshot.to_bytes().len().to_string(),
                metrics.fuel.to_string(),
            ],
        );
    });
}

/// Prints which parts of `say_hi` take its time, by leaving out one part after another.
fn account(sandbox: &Sandbox) {
    let [nothing, say_hi] = ["return 0", SAY_HI.source].map(|source| sandbox.compile(source));
    let steps = [
        ("a sandbox", &nothing, "0"),
        ("reading the call", &nothing, CALL),
        ("the function and its result", &say_hi, CALL),
    ];
    let mut cases =
        steps.map(|(_, snapshot, input)| move || drop(black_box(sandbox.call(snapshot, input))));
    let samples = measure(&mut cases.each_mut().map(|case| case as &mut dyn FnMut()));
    print_head("say_hi, step by step", ["p50", "fuel"]);
    let mut before = (0.0, 0);
    for ((what, snapshot, input), samples) in steps.into_iter().zip(samples) {
        let upto = (samples.percentile(50), sandbox.call(snapshot, input).1.fuel);
        print_row(
            what,
            [
                format!("{:.1}", upto.0 - before.0),
                (upto.1 - before.1).to_string(),
            ],
        );
        before = upto;
    }
}
