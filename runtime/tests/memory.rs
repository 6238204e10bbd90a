//! Every call begins with its snapshot's memory, whatever earlier calls wrote.

#[expect(dead_code, reason = "other tests need more of it")]
mod support;

use proptest::prelude::*;
use support::{call, compile, engine, wat};
use switchhook_runtime::{Guest, Snapshot};
use tokio::runtime::{Builder, Runtime};

/// Wasm pages of the guest's memory: more than the host copies back one by one.
const PAGES: u32 = 40;

/// The address from which the guest checks and writes.
const FIRST: u32 = 65536;

/// Page size of the machines that run the tests. On others, the tests check less.
const HOST_PAGE: u32 = 4096;

/// The bytes that a call writes to.
#[derive(Clone, Copy, Debug)]
struct Writes {
    /// The first host page, counted from [`FIRST`].
    first: u32,
    count: u32,
    /// Wasm pages by which memory grows. All are written to.
    grown: u32,
}

impl Writes {
    fn input(self) -> String {
        let Self {
            first,
            count,
            grown,
        } = self;
        format!("1{first:04}{count:04}{grown:04}")
    }
}

fn writes() -> impl Strategy<Value = Writes> {
    let pages = PAGES * 65536 / HOST_PAGE - 16;
    let few = (0..pages, 0u32..4);
    let many = (0..pages, 0..pages);
    let grown = prop_oneof![4 => Just(0u32), 1 => 1u32..4];
    (prop_oneof![3 => few, 1 => many], grown).prop_map(move |((first, count), grown)| Writes {
        first,
        count: count.min(pages - first),
        grown,
    })
}

/// A guest whose functions have `filled` bytes that contain their own addresses. A call counts wrong bytes, does its
/// writes, and answers with the count, from 1 to 9.
fn guest_wat(filled: u32) -> String {
    let end_filled = FIRST + filled;
    let compile = format!(
        "(local $to i32) (local.set $to (i32.const {FIRST}))
         (loop $next
            (i32.store (local.get $to) (local.get $to))
            (local.set $to (i32.add (local.get $to) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $to) (i32.const {end_filled}))))
         (call $answer (i32.const 0) (i32.const 0) (i32.const 0))"
    );
    let call = format!(
        "(local $wrong i32) (local $to i32) (local $end i32) (local $n i64)
         (local.set $end (i32.mul (memory.size) (i32.const 65536)))
         (if (i32.ne (memory.size) (i32.const {PAGES})) (then (local.set $wrong (i32.const 1))))
         (local.set $to (i32.const {FIRST}))
         (loop $next
            (if (i64.ne (i64.load (local.get $to))
                        (select (i64.extend_i32_u (local.get $to)) (i64.const 0)
                                (i32.lt_u (local.get $to) (i32.const {end_filled}))))
                (then (local.set $wrong (i32.add (local.get $wrong) (i32.const 1)))))
            (local.set $to (i32.add (local.get $to) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $to) (local.get $end))))
         (local.set $end (i32.add (local.get $at) (local.get $length)))
         (loop $next
            (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 10))
                (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
         (local.set $to (i32.add (i32.const {FIRST}) (i32.mul (i32.const {HOST_PAGE}) (i32.wrap_i64
            (i64.rem_u (i64.div_u (local.get $n) (i64.const 100000000)) (i64.const 10000))))))
         (local.set $end (i32.add (local.get $to) (i32.mul (i32.const {HOST_PAGE}) (i32.wrap_i64
            (i64.rem_u (i64.div_u (local.get $n) (i64.const 10000)) (i64.const 10000))))))
         (call $scribble (local.get $to) (local.get $end))
         (global.set $found (i32.const 0))
         (local.set $to (i32.mul (memory.size) (i32.const 65536)))
         (drop (memory.grow (i32.wrap_i64 (i64.rem_u (local.get $n) (i64.const 10000)))))
         (call $scribble (local.get $to) (i32.mul (memory.size) (i32.const 65536)))
         (local.set $wrong (i32.add (local.get $wrong) (global.get $found)))
         (i32.store8 (i32.const 16) (i32.add (i32.const 49)
            (select (local.get $wrong) (i32.const 8) (i32.lt_u (local.get $wrong) (i32.const 8)))))
         (call $answer (i32.const 0) (i32.const 16) (i32.const 1))"
    );
    let scribble = "(global $found (mut i32) (i32.const 0))
        (func $scribble (param $to i32) (param $end i32)
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $to) (local.get $end)))
            (if (i64.ne (i64.load offset=2048 (local.get $to)) (i64.const 0))
                (then (global.set $found (i32.add (global.get $found) (i32.const 1)))))
            (i64.store offset=2048 (local.get $to) (i64.const -1))
            (local.set $to (i32.add (local.get $to) (i32.const 4096)))
            (br $next))))";
    wat(&compile, &call, scribble).replacen(
        "(memory (export \"memory\") 1)",
        &format!("(memory (export \"memory\") {PAGES})"),
        1,
    )
}

/// A guest on an engine with this number of instances, and its function.
fn guest(tokio: &Runtime, slots: u32, filled: u32) -> (Guest, Snapshot) {
    let wasm = wat::parse_str(guest_wat(filled)).expect("the test's WAT is right");
    tokio.block_on(async {
        let guest = Guest::load(&engine(slots), &wasm).await;
        let guest = guest.expect("the guest keeps to the ABI");
        let snapshot = compile(&guest).await;
        (guest, snapshot)
    })
}

async fn wrong_words(guest: &Guest, snapshot: &Snapshot, writes: Writes) -> u32 {
    let outcome = call(guest, snapshot, &writes.input()).await;
    let answer = outcome.result.expect("the guest answers");
    answer.get().parse::<u32>().expect("it is a digit") - 1
}

/// A function that is copied for each call, and one that is mapped.
const FILLED: [u32; 2] = [8, 1024 * 1024];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_call_finds_what_another_wrote(all in proptest::collection::vec(writes(), 2..12)) {
        let tokio = Builder::new_current_thread().enable_time().build().unwrap();
        for filled in FILLED {
            let (guest, snapshot) = guest(&tokio, 1, filled);
            for writes in &all {
                let wrong = tokio.block_on(wrong_words(&guest, &snapshot, *writes));
                prop_assert_eq!(wrong, 0, "{} bytes filled, before {:?}", filled, writes);
            }
        }
    }
}

#[test]
fn calls_that_change_threads_find_nothing_either() {
    const TASKS: u32 = 8;
    let tokio = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    for filled in FILLED {
        let (guest, snapshot) = guest(&tokio, TASKS, filled);
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (guest, snapshot) = (guest.clone(), snapshot.clone());
                tokio.spawn(async move {
                    let mut wrong = 0;
                    for call in 0..20 {
                        let writes = Writes {
                            first: (task * 97 + call * 31) % 600,
                            count: 1 + call % 3,
                            grown: u32::from(call % 7 == 0),
                        };
                        wrong += wrong_words(&guest, &snapshot, writes).await;
                    }
                    wrong
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(tokio.block_on(task).unwrap(), 0, "{filled} bytes filled");
        }
    }
}

/// An idle memory of one function gives way to another function's.
#[test]
fn large_functions_take_turns_in_one_slot() {
    let tokio = Builder::new_current_thread().enable_time().build().unwrap();
    let (guest, one) = guest(&tokio, 1, FILLED[1]);
    let other = Snapshot::from_bytes(&one.to_bytes()).unwrap();
    let writes = Writes {
        first: 5,
        count: 100,
        grown: 1,
    };
    for snapshot in [&one, &other, &one, &other] {
        assert_eq!(tokio.block_on(wrong_words(&guest, snapshot, writes)), 0);
    }
    let compiled = tokio.block_on(compile(&guest));
    assert_eq!(compiled, one, "and for the compiler");
}

/// A test of the tests: the guest's own check finds wrong bytes.
#[test]
fn what_a_call_finds_wrong_is_counted() {
    let tokio = Builder::new_current_thread().enable_time().build().unwrap();
    let (guest, snapshot) = guest(&tokio, 1, 8);
    let none = Writes {
        first: 0,
        count: 0,
        grown: 0,
    };
    assert_eq!(tokio.block_on(wrong_words(&guest, &snapshot, none)), 0);
    let wrong = guest_wat(8).replacen("(i32.store (local.get $to) (local.get $to))", "", 1);
    tokio.block_on(async {
        let guest = Guest::load(&engine(1), &wat::parse_str(&wrong).unwrap()).await;
        let guest = guest.unwrap();
        let snapshot = compile(&guest).await;
        assert_eq!(wrong_words(&guest, &snapshot, none).await, 1);
    });
}
