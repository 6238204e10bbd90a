//! The allocations of a call, exactly, so that a change of their number or size fails a test.

use dhat::{HeapStats, Profiler};
use switchhook_compiler::Languages;
use switchhook_runtime::{Call, Engine, EngineConfig, Limits, Moment};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const CALL: &str = include_str!("../../tests/workloads/call.json");
const SAY_HI: &str = include_str!("../../tests/workloads/say_hi.js");

/// Blocks for say_hi, from the text of the call to its result: a store, an instance with its table of functions, the
/// log.
const BLOCKS: u64 = 28;

/// Bytes of these blocks. Nine tenths are the instance's table of functions and its pointers to them.
const BYTES: u64 = 40_596;

/// The only test of its program, because all allocations are counted.
#[test]
fn a_call_allocates_as_often_as_it_did() {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let languages = Languages::built_in(&engine).unwrap();
    let language = languages.get("javascript").unwrap();
    let guest = tokio.block_on(language.guest()).unwrap();
    let snapshot = tokio
        .block_on(guest.compile(SAY_HI, &Limits::COMPILE))
        .result
        .unwrap();
    let call = || {
        let call = Call {
            input: CALL,
            moment: Moment::COMPILE,
            environment: [].into(),
        };
        let outcome = tokio.block_on(guest.call(&snapshot, call, &Limits::CALL));
        outcome.unwrap().result.unwrap();
    };
    // The first calls make what later calls reuse.
    call();
    call();
    let _profiler = Profiler::builder().testing().build();
    // The least of several: after a page fault, a call asks the kernel which pages were written, which allocates more.
    let least = (0..20).map(|_| {
        let before = HeapStats::get();
        call();
        let after = HeapStats::get();
        let blocks = after.total_blocks - before.total_blocks;
        let bytes = after.total_bytes - before.total_bytes;
        let kept = after.curr_blocks as i64 - before.curr_blocks as i64;
        (blocks, bytes, kept)
    });
    assert_eq!(least.min(), Some((BLOCKS, BYTES, 0)));
}
