//! The one interpreter of this module, and its function.

use std::{borrow::Cow, cell::OnceCell, mem, panic};

use rustpython_vm::{
    Interpreter, PyObjectRef, PyResult, Settings, VirtualMachine, builtins::PyDictRef,
    compiler::CompileOpts, scope::Scope,
};
use switchhook_guest::{Engine, Failure, Level, Status, heap, log};

use crate::{failure, json, library, source};

/// Most nested calls, as in CPython. Calls that need more stack than there is end with the same error.
const RECURSION_LIMIT: usize = 1000;

/// Fixed, so that hashes of texts and the order of sets are the same in every call.
const HASH_SEED: u32 = 0;

/// The name of the author's module: its `__name__`, by which some libraries look classes up.
const MODULE: &str = "function";

thread_local! {
    static INTERPRETER: OnceCell<Interpreter> = const { OnceCell::new() };
    static FUNCTION: OnceCell<Function> = const { OnceCell::new() };
}

/// The compiled function.
struct Function {
    handler: PyObjectRef,
    source: &'static str,
}

/// RustPython as a guest's engine.
pub struct Python;

impl Engine for Python {
    fn boot() {
        let mut settings = Settings::default();
        settings.hash_seed = Some(HASH_SEED);
        let interpreter = library::add_to(Interpreter::builder(settings)).build();
        interpreter.enter(|vm| {
            if let Err(error) = library::import_usual(vm) {
                panic!("{}", failure::with_all_frames(&error, vm));
            }
            vm.recursion_limit.set(RECURSION_LIMIT);
        });
        INTERPRETER.with(|cell| {
            assert!(cell.set(interpreter).is_ok(), "the engine is booted once");
        });
        panic::set_hook(Box::new(|info| {
            let text = info.to_string();
            // The host knows that it refused memory, and reports it.
            if !text.contains("memory allocation of") {
                log(Level::Error, &[text]);
            }
        }));
        heap::fill_holes();
    }

    fn compile(source: &'static str) -> Result<(), Failure> {
        with(|vm| {
            let globals = run(source, vm)
                .map_err(|error| failure::of(Status::CompileError, &error, source, vm))?;
            let handler = handler(&globals, vm)?;
            let function = Function { handler, source };
            FUNCTION.with(|cell| cell.set(function).map_err(|_| failure::compiled_twice()))
        })
    }

    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure> {
        FUNCTION.with(|function| {
            let function = function.get().ok_or_else(Failure::nothing_compiled)?;
            with(|vm| {
                let call = json::read(&input, vm).map_err(|error| {
                    let message = format!("the call is not JSON: {error}");
                    Failure::new(Status::InvalidInput, "SyntaxError", message)
                })?;
                let result = function
                    .handler
                    .call((call,), vm)
                    .map_err(|error| failure::of(Status::Exception, &error, function.source, vm))?;
                let json = json::write(&result, vm).map_err(|error| {
                    Failure::new(Status::InvalidResult, error.name, error.message)
                });
                // Leaked: freeing takes time, and the host drops the whole instance.
                mem::forget(result);
                json.map(Cow::Owned)
            })
        })
    }
}

/// Whether the guest is built. Before, clock, environment and the like are those of the building machine.
pub fn is_booted() -> bool {
    INTERPRETER.with(|cell| cell.get().is_some())
}

/// Runs `work` with the booted interpreter.
fn with<R>(work: impl FnOnce(&VirtualMachine) -> R) -> R {
    INTERPRETER.with(|cell| {
        cell.get()
            .expect("`initialize-runtime` ran when the guest was built")
            .enter(work)
    })
}

/// Runs the author's module, or the definition made of a body, and returns its globals.
fn run(source: &str, vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let options = CompileOpts {
        optimize: 0,
        debug_ranges: true,
    };
    let code = source::compile(source, options)
        .map_err(|error| vm.new_syntax_error(&error, Some(source)))?;
    let globals = vm.ctx.new_dict();
    let module = vm.new_module(MODULE, globals.clone(), None);
    vm.sys_module
        .get_attr("modules", vm)?
        .set_item(MODULE, module.into(), vm)?;
    let scope = Scope::with_builtins(None, globals.clone(), vm);
    vm.run_code_obj(vm.ctx.new_code(code), scope)?;
    Ok(globals)
}

/// The function that gets the calls.
fn handler(globals: &PyDictRef, vm: &VirtualMachine) -> Result<PyObjectRef, Failure> {
    let message = match globals.get_item_opt(source::HANDLER, vm) {
        Ok(Some(handler)) if handler.is_callable() => return Ok(handler),
        Ok(Some(_)) => "`handler` is not a function",
        _ => "there is nothing to call: define `def handler(call):`, or return a value",
    };
    Err(Failure::new(Status::CompileError, "SyntaxError", message))
}
