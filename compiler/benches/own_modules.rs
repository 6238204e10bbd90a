//! Functions as modules of their own, beside the same functions in JavaScript. Checks that equal calls give equal
//! flows, and measures a call, each in a fresh sandbox.
//!
//! `cargo bench --workspace --bench own_modules -- FOLDER` takes the modules of `docs/own-modules/rust` from FOLDER.
//! `.ci/run modules` builds them. Times are in microseconds, and both sides take turns.

mod measuring;

use std::{
    env, fs,
    hint::black_box,
    io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::Arc,
    time::Duration,
};

use measuring::{CALL, Sandbox, is_asked_for, measure, print_head, print_row};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use switchhook_runtime::{
    Call, CustomerModules, Engine, EngineConfig, Guest, Limits, MakingLimits, ModuleSettings,
    Moment, Snapshot, make_machine_code,
};
use tokio::runtime::Runtime;

/// Names of modules, and titles of JavaScript's samples.
const FUNCTIONS: [(&str, &str); 5] = [
    ("say_hi", "Say hi"),
    ("day_of_week", "Day of the week"),
    ("routing_table", "Routing table"),
    ("call_screening", "Call screening"),
    ("business_hours", "Business hours"),
];

/// Fifty calls with their times: from and to numbers that the functions know or do not know, at all hours, in several
/// time zones.
const CALLS: &str = include_str!("../../tests/workloads/calls.jsonl");

#[derive(Deserialize)]
struct Came<'a> {
    /// The call's time, in seconds since 1970.
    clock: u64,
    timezone: &'a str,
    #[serde(borrow)]
    call: &'a RawValue,
}

impl Came<'_> {
    fn to_call(&self) -> Call<'_> {
        Call {
            input: self.call.get(),
            moment: Moment {
                clock: Duration::from_secs(self.clock),
                seed: [0; 32],
            },
            environment: [("TZ".to_owned(), self.timezone.to_owned())].into(),
        }
    }
}

/// The argument with which this program starts itself to compile a module, in a process of its own.
const MACHINE_CODE: &str = "machine-code";
const MAKING: MakingLimits = MakingLimits {
    cpu_seconds: 60,
    memory_bytes: 4 << 30,
    code_bytes: 64 << 20,
};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if arguments.first().is_some_and(|it| it == MACHINE_CODE) {
        let made = make_machine_code(&MAKING, io::stdin().lock(), io::stdout().lock());
        return made.map_or_else(
            |error| {
                eprintln!("{error}");
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    let folder = arguments.iter().find(|it| !it.starts_with('-'));
    if let (true, Some(folder)) = (is_asked_for(), folder) {
        compare(Path::new(folder));
    }
    ExitCode::SUCCESS
}

/// A module's function, ready to be called.
struct Own {
    tokio: Runtime,
    modules: CustomerModules,
}

impl Own {
    fn new(cache: PathBuf) -> Self {
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without threads needs nothing");
        let engine = Engine::new(&EngineConfig::default());
        let engine = engine.expect("this machine has the address space");
        let settings = ModuleSettings {
            folder: cache,
            max_cache_bytes: 1 << 30,
            max_memory_bytes: Limits::CALL.memory_bytes,
            making: MAKING,
        };
        let program = || {
            let mut program = Command::new(env::current_exe().expect("this program is a file"));
            program.arg(MACHINE_CODE);
            program
        };
        let modules = CustomerModules::new(&engine, &settings, program);
        Self {
            modules: modules.expect("the folder is new"),
            tokio,
        }
    }

    fn load(&self, file: &Path) -> (Guest, Snapshot) {
        let wasm: Arc<[u8]> = fs::read(file).expect("the module is built").into();
        self.tokio.block_on(async {
            let guest = self.modules.load("bench", wasm).await;
            let guest = guest.expect("the module can be used");
            let compiled = guest.compile("", &Limits::COMPILE).await;
            (guest, compiled.result.expect("nothing is compiled"))
        })
    }

    fn call(&self, (guest, snapshot): &(Guest, Snapshot), call: Call) -> (Box<RawValue>, u64) {
        let outcome = self
            .tokio
            .block_on(guest.call(snapshot, call, &Limits::CALL));
        let outcome = outcome.expect("the snapshot is of this module");
        (
            outcome.result.expect("the function answers"),
            outcome.metrics.fuel,
        )
    }
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).expect("results are JSON")
}

fn compare(folder: &Path) {
    let cache = tempfile::tempdir().expect("there is a folder for temporary files");
    let own = Own::new(cache.path().join("modules"));
    let javascript = Sandbox::all(&[]).find(|it| it.language().id() == "javascript");
    let javascript = javascript.expect("it is built in");
    let calls: Vec<Came> = CALLS
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is a call"))
        .collect();
    print_head(
        &format!("{} calls, equal flows", calls.len()),
        ["JavaScript", "p99", "module", "p99", "module / JS", "fuel"],
    );
    for (name, title) in FUNCTIONS {
        let mut samples = javascript.language().samples();
        let sample = samples.find(|sample| sample.title == title);
        let function = javascript.compile(sample.expect("it is there").source);
        let module = own.load(&folder.join(name).with_extension("wasm"));
        for came in &calls {
            let (expected, _) = javascript.call_with(&function, came.to_call());
            let (flow, _) = own.call(&module, came.to_call());
            assert_eq!(value(flow.get()), value(&expected), "{name}: {}", came.call);
        }
        let samples = measure(&mut [
            &mut || drop(black_box(javascript.call(&function, CALL))),
            &mut || drop(black_box(own.call(&module, Call::now(CALL)))),
        ]);
        let [javascript, module_samples] = samples.as_slice() else {
            unreachable!("two cases were measured")
        };
        print_row(
            name,
            [
                format!("{:.1}", javascript.percentile(50)),
                format!("{:.1}", javascript.percentile(99)),
                format!("{:.1}", module_samples.percentile(50)),
                format!("{:.1}", module_samples.percentile(99)),
                format!(
                    "{:.2}",
                    module_samples.percentile(50) / javascript.percentile(50)
                ),
                own.call(&module, Call::now(CALL)).1.to_string(),
            ],
        );
    }
}
