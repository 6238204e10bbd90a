//! A pack to begin with, as `packs new` writes it: `wasm-guests/skeleton` under another name, and the kit beside it.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use switchhook_compiler::{LanguagePack, Languages};

use crate::command::terminal::say;

/// What the files of the skeleton call it.
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

/// The crate that guests are written with.
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

/// The kit shares one of its files with the host.
const SHARED: (&str, &str) = (
    "src/surrogates.rs",
    include_str!("../../../../runtime/src/surrogates.rs"),
);

/// How the kit's own source says where it is.
const SHARED_FROM: &str = "#[path = \"../../../runtime/src/surrogates.rs\"]\n";

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
    for (file, text) in KIT.into_iter().chain([SHARED]) {
        put(&folder.join("kit"), file, &text.replace(SHARED_FROM, ""))?;
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
