//! Which modules exist, and which are imported before any call.

use rustpython_vm::{
    InterpreterBuilder, PyResult, VirtualMachine, builtins::PyModuleDef, frozen::FrozenLib,
};

use crate::{clock, host, print, random};

/// The modules that `build.rs` compiled.
const FROZEN: &FrozenLib =
    FrozenLib::from_ref(include_bytes!(concat!(env!("OUT_DIR"), "/library.bin")));

/// Native modules that the library needs. RustPython's other modules do what calls have no use for.
const NATIVE: [&str; 18] = [
    "_bisect",
    "_blake2",
    "_contextvars",
    "_csv",
    "_hashlib",
    "_json",
    "_md5",
    "_sha1",
    "_sha256",
    "_sha3",
    "_sha512",
    "_statistics",
    "_struct",
    "array",
    "binascii",
    "cmath",
    "math",
    "unicodedata",
];

/// Modules that are imported when the guest is built. They and their imports are part of every instance's initial
/// memory, and importing them again costs next to nothing. The rest of the library would take another 7 MiB of every
/// call's memory.
const USUAL: [&str; 27] = [
    "_strptime",
    "base64",
    "bisect",
    "calendar",
    "collections",
    "contextlib",
    "copy",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "random",
    "re",
    "string",
    "switchhook",
    "textwrap",
    "time",
    "urllib.parse",
    "uuid",
    "zoneinfo",
];

/// An interpreter with all modules.
pub fn add_to(builder: InterpreterBuilder) -> InterpreterBuilder {
    let mut native: Vec<&'static PyModuleDef> = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    native.retain(|module| NATIVE.contains(&module.name.as_str()));
    assert_eq!(native.len(), NATIVE.len(), "a native module is missing");
    native.extend([
        host::module_def(&builder.ctx),
        random::module_def(&builder.ctx),
    ]);
    builder
        .add_native_modules(&native)
        .add_frozen_modules(FROZEN)
}

/// Imports the usual modules, and replaces the functions that are the host's here.
///
/// # Errors
/// If a module is missing or broken.
pub fn import_usual(vm: &VirtualMachine) -> PyResult<()> {
    clock::python::install(vm)?;
    for name in USUAL {
        vm.import(name, 0)?;
    }
    let switchhook = vm.import("switchhook", 0)?;
    for name in ["env", "log"] {
        vm.builtins
            .set_attr(name, switchhook.get_attr(name, vm)?, vm)?;
    }
    vm.builtins
        .set_attr("print", vm.new_function("print", print::print), vm)?;
    let open = vm.import("io", 0)?.get_attr("open", vm)?;
    vm.builtins.set_attr("open", open, vm)?;
    // `_strptime` places its warnings outside of its own folder, which it takes from its file.
    vm.import("_strptime", 0)?
        .set_attr("__file__", vm.ctx.new_str("<frozen>/_strptime.py"), vm)?;
    let gc = vm.import("gc", 0)?;
    for step in ["collect", "freeze", "disable"] {
        vm.call_method(&gc, step, ())?;
    }
    Ok(())
}
