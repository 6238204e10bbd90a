//! `switchhook packs new`: writes `wasm-guests/skeleton` under another name, with the crate for guests beside it.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use switchhook_compiler::{LanguagePack, Languages};

use crate::command::terminal::say;

/// The skeleton's name in its files.
const NAME: &str = "skeleton";

macro_rules! files {
    ($folder:literal: $($file:literal)*) => {
        [$(($file, include_str!(concat!("../../../../wasm-guests/", $folder, "/", $file))),)*]
    };
}

const SKELETON: [(&str, &str); 6] = files!("skeleton":
    "Cargo.toml"
    "pack.toml"
    "src/lib.rs"
    "samples/say_hi.skeleton"
    "conformance/echo.skeleton"
    "conformance/syntax_error.skeleton"
);

/// The crate for guests.
const KIT: [(&str, &str); 12] = files!("guest":
    "Cargo.toml"
    "src/abi.rs"
    "src/allocator.rs"
    "src/command.rs"
    "src/environment.rs"
    "src/failure.rs"
    "src/heap.rs"
    "src/lib.rs"
    "src/log.rs"
    "src/place.rs"
    "src/random.rs"
    "src/time_zone.rs"
);

/// A file that the kit shares with the host.
const SHARED: (&str, &str) = (
    "src/surrogates.rs",
    include_str!("../../../../runtime/src/surrogates.rs"),
);

/// The line of the kit's source with the path of the shared file.
const SHARED_FROM: &str = "#[path = \"../../../runtime/src/surrogates.rs\"]\n";

/// The line of the kit's source that includes the skeleton. In a new pack's kit, the text takes its place.
const EXAMPLE_FROM: &str = "#![doc = include_str!(\"../../skeleton/src/lib.rs\")]\n";

const EXAMPLE: &str = include_str!("../../../../wasm-guests/skeleton/src/lib.rs");

const BUILD: &str = include_str!("skeleton/build");

/// Writes a pack into a new folder.
pub(super) fn write(languages: &Languages, name: &str) -> anyhow::Result<()> {
    LanguagePack::check_id(name)?;
    if languages.get(name).is_some() {
        bail!("there is a language pack `{name}` already");
    }
    let folder = Path::new(name);
    fs::create_dir(folder).with_context(|| format!("cannot make the folder {name}"))?;
    for (file, text) in SKELETON {
        let text = text.replace("../guest", "kit").replace(NAME, name);
        put(folder, &file.replace(NAME, name), &text)?;
    }
    let documented = |line: &str| format!("//! {line}").trim_end().to_owned() + "\n";
    let example: String = EXAMPLE.lines().map(documented).collect();
    for (file, text) in KIT.into_iter().chain([SHARED]) {
        let text = text
            .replace(SHARED_FROM, "")
            .replace(EXAMPLE_FROM, &example);
        put(&folder.join("kit"), file, &text)?;
    }
    put(folder, "build", &BUILD.replace(NAME, name))?;
    put(folder, ".gitignore", "target\n")?;
    say(format_args!(
        "{name} has a guest in src/lib.rs, a pack.toml, a sample and the crate of guests; next:\n\
         sh {name}/build && switchhook packs test {name}"
    ))?;
    Ok(())
}

fn put(folder: &Path, file: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(file);
    let inside = path.parent().unwrap_or(folder);
    let written = fs::create_dir_all(inside).and_then(|()| fs::write(&path, text));
    written.with_context(|| format!("cannot write {}", path.display()))
}
