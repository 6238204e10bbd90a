//! What isolation costs: each workload as an isolated call, beside the same work on native QuickJS without any.
//!
//! `cargo bench -p switchhook-compiler --bench calls` takes about half a minute. Times are in microseconds; compare
//! the ratios, since times differ between machines and drift on a busy one. All cases of a workload take turns, so
//! that drift reaches them alike.

use std::{
    env,
    hint::black_box,
    time::{Duration, Instant},
};

use mimalloc::MiMalloc;
use rquickjs::{Context, Ctx, Function, Value};
use switchhook_compiler::{Language, LanguagePack};
use switchhook_runtime::{Call, Engine, EngineConfig, Limits, Metrics, Outcome, Snapshot};
use tokio::runtime::Runtime;

/// As in the server.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const CALL: &str = include_str!("../../tests/workloads/call.json");
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

const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
/// How long one case runs before the next one has its turn.
const TURN: Duration = Duration::from_millis(10);

struct Workload {
    name: &'static str,
    source: &'static str,
}

fn main() {
    // `cargo test --all-targets` runs benchmarks too, without this argument.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let sandbox = Sandbox::new();
    println!(
        "{:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "", "isolated", "", "floor", "", "isolated", "isolated", "compile", "", "snapshot", "fuel"
    );
    println!(
        "{:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "", "p50", "p99", "p50", "p99", "/ floor", "p99/p50", "p50", "p99", "bytes", ""
    );
    for workload in &WORKLOADS {
        compare(&sandbox, workload);
    }
    account(&sandbox);
}

/// Prints the row of one workload.
fn compare(sandbox: &Sandbox, workload: &Workload) {
    let snapshot = sandbox.compile(workload.source);
    let native =
        Context::full(&rquickjs::Runtime::new().expect("QuickJS boots")).expect("QuickJS boots");
    native.with(|ctx| {
        let function: Function = ctx
            .eval(format!("(function(call){{{}}})", workload.source))
            .expect("the workload compiles");
        let (isolated, metrics) = sandbox.call(&snapshot, CALL);
        assert_eq!(isolated, native_call(&ctx, &function), "{}", workload.name);

        let samples = measure(&mut [
            &mut || drop(black_box(sandbox.call(&snapshot, CALL))),
            &mut || drop(black_box(native_call(&ctx, &function))),
            &mut || drop(black_box(sandbox.compile(workload.source))),
        ]);
        let [isolated, floor, compile] = samples.as_slice() else {
            unreachable!("as many series as cases")
        };
        println!(
            "{:<14} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.2} {:>9.2} {:>9.1} {:>9.1} {:>9} {:>11}",
            workload.name,
            isolated.percentile(50),
            isolated.percentile(99),
            floor.percentile(50),
            floor.percentile(99),
            isolated.percentile(50) / floor.percentile(50),
            isolated.percentile(99) / isolated.percentile(50),
            compile.percentile(50),
            compile.percentile(99),
            snapshot.to_bytes().len(),
            metrics.fuel,
        );
    });
}

/// Prints where the time of `say_hi` goes, by leaving out one part after another.
fn account(sandbox: &Sandbox) {
    let [nothing, say_hi] = ["return 0", SAY_HI.source].map(|source| sandbox.compile(source));
    let steps = [
        ("a sandbox, taken, entered and dropped", &nothing, "0"),
        ("reading the call", &nothing, CALL),
        ("the function and its result", &say_hi, CALL),
    ];
    let mut cases =
        steps.map(|(_, snapshot, input)| move || drop(black_box(sandbox.call(snapshot, input))));
    let samples = measure(&mut cases.each_mut().map(|case| case as &mut dyn FnMut()));
    println!(
        "\n{:<40} {:>9} {:>11}",
        "say_hi, step by step", "p50", "fuel"
    );
    let mut before = (0.0, 0);
    for ((what, snapshot, input), samples) in steps.into_iter().zip(samples) {
        let upto = (samples.percentile(50), sandbox.call(snapshot, input).1.fuel);
        println!(
            "{what:<40} {:>9.1} {:>11}",
            upto.0 - before.0,
            upto.1 - before.1
        );
        before = upto;
    }
}

/// The guest, and what a call needs around it: the same as in the server.
struct Sandbox {
    language: Language,
    tokio: Runtime,
}

impl Sandbox {
    fn new() -> Self {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without threads needs nothing");
        let engine =
            Engine::new(&EngineConfig::default()).expect("this machine has the address space");
        let pack = LanguagePack::built_in()
            .expect("the packs are whole")
            .into_iter()
            .find(|pack| pack.name() == "javascript")
            .expect("JavaScript is built in");
        let language = tokio
            .block_on(Language::load(&engine, pack))
            .expect("the guest loads");
        Self { language, tokio }
    }

    fn compile(&self, source: &str) -> Snapshot {
        let outcome = self
            .tokio
            .block_on(self.language.compile(source, &Limits::COMPILE));
        outcome.result.expect("the workload compiles")
    }

    fn call(&self, snapshot: &Snapshot, input: &str) -> (String, Metrics) {
        let call = self
            .language
            .guest()
            .call(snapshot, Call::now(input), &Limits::CALL);
        let Outcome {
            result, metrics, ..
        } = self
            .tokio
            .block_on(call)
            .expect("the snapshot is of this guest");
        let json: Box<str> = result.expect("the workload runs").into();
        (json.into(), metrics)
    }
}

/// The least that a call can take: JSON in, function, JSON out, in one context for ever.
fn native_call<'js>(ctx: &Ctx<'js>, function: &Function<'js>) -> String {
    let call = ctx.json_parse(CALL).expect("the call is JSON");
    let result: Value = function.call((call,)).expect("the workload runs");
    let json = ctx
        .json_stringify(result)
        .expect("the result has a JSON form");
    json.and_then(|json| json.to_string().ok())
        .expect("the result has a JSON form")
}

/// Runs the cases in turns, and gives the times that each took.
fn measure(cases: &mut [&mut dyn FnMut()]) -> Vec<Samples> {
    take_turns(cases, WARM_UP);
    take_turns(cases, MEASURED)
}

fn take_turns(cases: &mut [&mut dyn FnMut()], time: Duration) -> Vec<Samples> {
    let mut nanoseconds = vec![Vec::new(); cases.len()];
    let end = Instant::now() + time;
    while Instant::now() < end {
        for (case, nanoseconds) in cases.iter_mut().zip(&mut nanoseconds) {
            let end_of_turn = Instant::now() + TURN;
            let mut now = Instant::now();
            while now < end_of_turn {
                case();
                let after = Instant::now();
                nanoseconds.push((after - now).as_nanos() as u64);
                now = after;
            }
        }
    }
    nanoseconds.into_iter().map(Samples::new).collect()
}

/// In ascending order.
struct Samples(Vec<u64>);

impl Samples {
    fn new(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        Self(nanoseconds)
    }

    /// In microseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() - 1) * percent / 100;
        self.0[index] as f64 / 1000.0
    }
}
