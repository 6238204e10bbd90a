//! `say_hi.js` on Javy's engine, as `javy build` would make it, with the crate `javy` in place of Javy's command line.

use std::cell::OnceCell;

use javy::{
    Config, Runtime,
    quickjs::{Module, Result},
};

const SOURCE: &str = include_str!("../say_hi.js");

struct Engine {
    runtime: Runtime,
    bytecode: Vec<u8>,
}

thread_local! {
    static ENGINE: OnceCell<Engine> = const { OnceCell::new() };
}

/// Runs once, when the module is uploaded: each call begins with a booted engine and a compiled source.
#[unsafe(export_name = "wizer-initialize")]
pub extern "C" fn initialize() {
    ENGINE.with(|engine| engine.get_or_init(boot).bytecode.len());
}

fn boot() -> Engine {
    let mut config = Config::default();
    config.text_encoding(true).javy_stream_io(true);
    let runtime = Runtime::new(config).expect("QuickJS boots");
    let bytecode = runtime.compile_to_bytecode("say_hi.js", SOURCE);
    Engine {
        bytecode: bytecode.expect("the source compiles"),
        runtime,
    }
}

fn main() {
    ENGINE.with(|engine| {
        let Engine { runtime, bytecode } = engine.get_or_init(boot);
        runtime.context().with(|ctx| {
            // SAFETY: the bytecode was made by the same engine.
            let module = unsafe { Module::load(ctx.clone(), bytecode) };
            let evaluated = module.and_then(|module| module.eval()?.1.finish::<()>());
            report(&ctx, evaluated);
        });
    });
}

/// Ends the call with the error, if there is one.
fn report(ctx: &javy::quickjs::Ctx, evaluated: Result<()>) {
    if let Err(error) = evaluated {
        eprintln!("{}", javy::from_js_error(ctx.clone(), error));
        std::process::exit(1);
    }
}
