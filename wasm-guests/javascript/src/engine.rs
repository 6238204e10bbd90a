//! The one QuickJS context of this module.

use std::cell::OnceCell;

use javy_plugin_api::{
    Config,
    javy::{
        Runtime,
        quickjs::{Context, Ctx},
    },
};
use switchhook_guest::heap;

use crate::{console, environment, intl, names, random, rejection, web};

/// How deep JavaScript may recurse, in bytes of the module's own stack, before QuickJS throws a `RangeError`.
///
/// The linker reserves 640 KiB (`build.env`); the rest is for native code that runs below the last check.
pub const MAX_STACK_BYTES: usize = 400 * 1024;

/// Bytes allocated before cycles are collected for the first time. Reference counting frees everything else at
/// once, so a function that makes no large cyclic garbage never pays for a collection.
const GC_THRESHOLD_BYTES: usize = 4 * 1024 * 1024;

thread_local! {
    static CONTEXT: OnceCell<Context> = const { OnceCell::new() };
}

fn config() -> Config {
    let mut config = Config::default();
    config
        .max_stack_size(MAX_STACK_BYTES)
        .gc_threshold(GC_THRESHOLD_BYTES)
        .weak_ref(true);
    config.event_loop(true);
    config
}

fn keep_context(runtime: Runtime) -> Runtime {
    let context = runtime.context().clone();
    context.with(|ctx| {
        console::install(&ctx).expect("a fresh context takes a console");
        random::install(&ctx).expect("a fresh context takes Math.random");
        environment::install(&ctx).expect("a fresh context takes env");
        rejection::watch(&ctx);
        web::install(&ctx).expect("a fresh context takes the web interfaces");
        intl::install(&ctx).expect("a fresh context takes Intl");
    });
    CONTEXT.with(|cell| {
        assert!(cell.set(context).is_ok(), "the engine is booted once");
    });
    runtime
}

/// Boots QuickJS; traps if that fails, since a guest that cannot boot must not be built.
pub fn boot() {
    javy_plugin_api::initialize_runtime(config, keep_context).expect("QuickJS boots");
    heap::fill_holes();
    // After the holes are filled, so that the atoms lie side by side: every call changes their reference counts.
    with(|ctx| names::keep(&ctx));
}

/// Runs `work` with the booted context.
pub fn with<R>(work: impl for<'js> FnOnce(Ctx<'js>) -> R) -> R {
    CONTEXT.with(|cell| {
        cell.get()
            .expect("`initialize-runtime` ran when the guest was built")
            .with(work)
    })
}
