//! Compiles the Python part of the library to bytecode. The order is fixed, so that the same sources give the same
//! bytes. A module that is not listed cannot be imported.

use std::{env, error::Error, fs, path::Path};

use rustpython_compiler::{CompileOpts, Mode, compile};
use rustpython_compiler_core::frozen::{FrozenCodeObject, FrozenLib, FrozenModule};

/// From RustPython's copy of the standard library.
const LIBRARY: [&str; 84] = [
    "__future__",
    "_ast_unparse",
    "_collections_abc",
    "_py_abc",
    "_py_warnings",
    "_pycodecs",
    "_pydatetime",
    "_pydecimal",
    "_strptime",
    "_weakrefset",
    "abc",
    "annotationlib",
    "ast",
    "base64",
    "bisect",
    "calendar",
    "codecs",
    "collections",
    "collections._defaultdict",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "csv",
    "dataclasses",
    "decimal",
    "encodings",
    "encodings.aliases",
    "encodings.ascii",
    "encodings.cp1252",
    "encodings.idna",
    "encodings.iso8859_15",
    "encodings.latin_1",
    "encodings.punycode",
    "encodings.utf_16",
    "encodings.utf_16_be",
    "encodings.utf_16_le",
    "encodings.utf_32",
    "encodings.utf_32_be",
    "encodings.utf_32_le",
    "encodings.utf_8",
    "encodings.utf_8_sig",
    "enum",
    "fractions",
    "functools",
    "genericpath",
    "graphlib",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "html.entities",
    "ipaddress",
    "json",
    "json.decoder",
    "json.encoder",
    "json.scanner",
    "keyword",
    "numbers",
    "operator",
    "posixpath",
    "pprint",
    "random",
    "re",
    "re._casefix",
    "re._compiler",
    "re._constants",
    "re._parser",
    "reprlib",
    "secrets",
    "stat",
    "statistics",
    "string",
    "string.templatelib",
    "stringprep",
    "struct",
    "textwrap",
    "types",
    "typing",
    "urllib",
    "urllib.parse",
    "uuid",
    "warnings",
    "weakref",
];

/// Modules in `src/modules` that replace those of the standard library.
const OWN: [&str; 8] = [
    "datetime",
    "inspect",
    "io",
    "locale",
    "logging",
    "os",
    "switchhook",
    "zoneinfo",
];

fn main() -> Result<(), Box<dyn Error>> {
    let own = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("src/modules");
    let library = Path::new(rustpython_pylib::LIB_PATH);
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", own.display());
    let mut modules = Vec::new();
    for (folder, names) in [(library, &LIBRARY[..]), (&own, &OWN)] {
        for name in names {
            modules.push((*name, module(folder, name)?));
        }
    }
    let frozen = FrozenLib::encode(modules.iter().map(|(name, module)| {
        let code = FrozenCodeObject {
            bytes: &module.code.bytes,
        };
        let package = module.package;
        (*name, FrozenModule { code, package })
    }));
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("library.bin"),
        frozen.bytes,
    )?;
    Ok(())
}

fn module(folder: &Path, name: &str) -> Result<FrozenModule<Vec<u8>>, Box<dyn Error>> {
    let path = folder.join(name.replace('.', "/"));
    let init = path.join("__init__.py");
    let package = init.is_file();
    let file = if package {
        init
    } else {
        path.with_extension("py")
    };
    let source =
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let options = CompileOpts {
        // Without docstrings, which calls do not read.
        optimize: 2,
        ..CompileOpts::default()
    };
    let code = compile(&source, Mode::Exec, name, options)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let code = FrozenCodeObject::encode(&code);
    Ok(FrozenModule { code, package })
}
