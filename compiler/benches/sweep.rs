//! How costs grow with the source, with the call and with the result.
//!
//! `cargo bench --workspace --bench sweep` takes about a minute. Times are in microseconds. The costs per KiB are what
//! a row takes beyond the first row, which has no bytes of that kind. Costs that grow evenly are about the same in all
//! rows. Fuel has no noise.

mod measuring;
#[path = "measuring/native.rs"]
mod native;

use std::hint::black_box;

use measuring::{CALL, Sandbox, is_asked_for, measure, print_head, print_row};

const KIB: usize = 1024;

/// Entries of a table in the source. The last table has 1 MiB, the size limit of sources.
const ENTRIES: [usize; 4] = [0, 1_000, 5_000, 20_000];

/// Bytes of calls and results, up to their limits.
const SIZES: [usize; 6] = [0, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB];

/// A function and its call.
struct Case {
    source: String,
    input: String,
}

fn main() {
    if !is_asked_for() {
        return;
    }
    let of_javascript = |sandbox: &Sandbox| sandbox.language().id() == "javascript";
    let sandbox = Sandbox::all(&[])
        .find(of_javascript)
        .expect("it is built in");
    sources(&sandbox);
    sizes(&sandbox, "call of many keys", |bytes| {
        not_looked_at(many_keys(bytes))
    });
    sizes(&sandbox, "call of one text", |bytes| {
        not_looked_at(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
    });
    sizes(&sandbox, "result of many nodes", many_nodes);
    sizes(&sandbox, "result of one text", |bytes| Case {
        source: format!("return 'x'.repeat({})", bytes.saturating_sub(2)),
        input: "0".into(),
    });
}

fn not_looked_at(input: String) -> Case {
    Case {
        source: "return 0".into(),
        input,
    }
}

fn many_keys(bytes: usize) -> String {
    let key = |number| format!(r#""Variable-{number:06}":"+14158867900""#);
    let keys: Vec<_> = (0..bytes / (key(0).len() + 1)).map(key).collect();
    format!("{{{}}}", keys.join(","))
}

fn many_nodes(bytes: usize) -> Case {
    let node = r#"{"module":"tts","data":{"text":"Thanks for calling us"}}"#;
    let nodes = bytes.saturating_sub(1) / (node.len() + 1);
    Case {
        source: format!("return Array({nodes}).fill({node})"),
        input: "0".into(),
    }
}

/// A function with a table, which every call makes anew.
fn with_table(entries: usize) -> String {
    let entry = |number| format!("'+14155{number:06}':'{:032x}',", number * 0x9e37_79b9);
    let table: String = (0..entries).map(entry).collect();
    format!("return {{module:'device',data:{{id: call.To && {{{table}}}[call.To] || 'none'}}}}")
}

/// Prints how the size of a source changes the costs of compiling it and of a call.
fn sources(sandbox: &Sandbox) {
    print_head(
        "entries of a table",
        [
            "source, KiB",
            "compile p50",
            "for each KiB",
            "snapshot, B",
            "not used",
            "used",
            "floor",
            "used / floor",
            "fuel",
        ],
    );
    let mut without = 0.0;
    for entries in ENTRIES {
        let source = with_table(entries);
        let snapshot = sandbox.compile(&source);
        native::in_new_engine(|ctx| {
            let function = native::function(ctx, &source);
            let (result, metrics) = sandbox.call(&snapshot, CALL);
            assert_eq!(result, native::call(ctx, &function, CALL));
            let samples = measure(&mut [
                &mut || drop(black_box(sandbox.compile(&source))),
                &mut || drop(black_box(sandbox.call(&snapshot, "{}"))),
                &mut || drop(black_box(sandbox.call(&snapshot, CALL))),
                &mut || drop(black_box(native::call(ctx, &function, CALL))),
            ]);
            let p50: Vec<_> = samples
                .iter()
                .map(|samples| samples.percentile(50))
                .collect();
            let [compile, not_used, used, floor] = p50[..] else {
                unreachable!("as many series as cases")
            };
            let kib = source.len() as f64 / KIB as f64;
            let for_each = if entries == 0 {
                without = compile;
                String::new()
            } else {
                format!("{:.1}", (compile - without) / kib)
            };
            print_row(
                &entries.to_string(),
                [
                    format!("{kib:.1}"),
                    format!("{compile:.0}"),
                    for_each,
                    snapshot.to_bytes().len().to_string(),
                    format!("{not_used:.1}"),
                    format!("{used:.1}"),
                    format!("{floor:.1}"),
                    format!("{:.2}", used / floor),
                    metrics.fuel.to_string(),
                ],
            );
        });
    }
}

/// The cost of a case.
struct Cost {
    /// KiB of the call and the result together.
    kib: f64,
    isolated: f64,
    floor: f64,
    fuel: f64,
}

/// Prints the costs of calls of several sizes.
fn sizes(sandbox: &Sandbox, what: &str, case: impl Fn(usize) -> Case) {
    print_head(
        what,
        [
            "isolated p50",
            "for each KiB",
            "floor p50",
            "for each KiB",
            "iso. / floor",
            "fuel",
            "for each KiB",
        ],
    );
    let costs = costs(sandbox, &SIZES.map(case));
    let first = &costs[0];
    for cost in &costs {
        let for_each = |of: fn(&Cost) -> f64, digits| {
            let kib = cost.kib - first.kib;
            let shown = format!("{:.digits$}", (of(cost) - of(first)) / kib);
            if kib > 0.0 { shown } else { String::new() }
        };
        print_row(
            &format!("{:.0} KiB", cost.kib),
            [
                format!("{:.1}", cost.isolated),
                for_each(|cost| cost.isolated, 2),
                format!("{:.1}", cost.floor),
                for_each(|cost| cost.floor, 2),
                format!("{:.2}", cost.isolated / cost.floor),
                cost.fuel.to_string(),
                for_each(|cost| cost.fuel, 0),
            ],
        );
    }
}

fn costs(sandbox: &Sandbox, cases: &[Case]) -> Vec<Cost> {
    let mut costs = Vec::new();
    native::in_new_engine(|ctx| {
        let compiled: Vec<_> = cases
            .iter()
            .map(|Case { source, .. }| (sandbox.compile(source), native::function(ctx, source)))
            .collect();
        let mut turns: Vec<Box<dyn FnMut()>> = Vec::new();
        for (Case { input, .. }, (snapshot, function)) in cases.iter().zip(&compiled) {
            turns.push(Box::new(|| drop(black_box(sandbox.call(snapshot, input)))));
            turns.push(Box::new(|| {
                drop(black_box(native::call(ctx, function, input)));
            }));
        }
        let mut turns: Vec<_> = turns
            .iter_mut()
            .map(|turn| turn as &mut dyn FnMut())
            .collect();
        let samples = measure(&mut turns);
        let of_each = cases.iter().zip(&compiled).zip(samples.chunks(2));
        costs.extend(of_each.map(|((case, (snapshot, _)), samples)| {
            let (result, metrics) = sandbox.call(snapshot, &case.input);
            Cost {
                kib: (case.input.len() + result.len()) as f64 / KIB as f64,
                isolated: samples[0].percentile(50),
                floor: samples[1].percentile(50),
                fuel: metrics.fuel as f64,
            }
        }));
    });
    costs
}
