//! `switchhook packs boot`: the last step of building a guest.

use std::{fs, path::Path};

use anyhow::Context;
use switchhook_runtime::{Digest, Engine, preinitialize};

use crate::config::Config;

/// The file name of a guest in its pack, unless it is compressed.
const GUEST: &str = "guest.wasm";

/// Beginning of the manifest's line with the guest's SHA-256.
const SHA_256: &str = "sha256 = ";

/// Boots a module, writes it into its pack's folder, and writes its digest into the manifest.
pub(super) async fn boot(module: &Path, pack: &Path) -> anyhow::Result<()> {
    let manifest = pack.join("pack.toml");
    let text = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    let wasm = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let engine = Engine::new(&Config::default().engine())?;
    let booted = preinitialize(&engine, &wasm)
        .await
        .with_context(|| format!("cannot boot {}", module.display()))?;
    let text = with_digest(&text, Digest::of(&booted)).with_context(|| {
        format!(
            "{} has no line that begins with `{SHA_256}`, below a `file = \"{GUEST}\"`",
            manifest.display()
        )
    })?;
    let guest = pack.join(GUEST);
    fs::write(&guest, booted).with_context(|| format!("cannot write {}", guest.display()))?;
    fs::write(&manifest, text).with_context(|| format!("cannot write {}", manifest.display()))
}

/// The manifest with another digest of its guest. Everything else stays as the author wrote it.
fn with_digest(manifest: &str, digest: Digest) -> Option<String> {
    let (before, rest) = manifest.split_once(&format!("file = \"{GUEST}\""))?;
    let (between, rest) = rest.split_once(&format!("\n{SHA_256}"))?;
    let after = rest.find('\n').map_or("", |end| &rest[end..]);
    Some(format!(
        "{before}file = \"{GUEST}\"{between}\n{SHA_256}\"{digest}\"{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digest_of_the_guest_is_changed() {
        let digest = Digest::of(b"wasm");
        let manifest = "# mine\n[guest]\nfile = \"guest.wasm\"\n# written\nsha256 = \"00\"\n\n[transform]\nsha256 = \"11\"\n";
        let expected = manifest.replace("\"00\"", &format!("\"{digest}\""));
        assert_eq!(with_digest(manifest, digest), Some(expected));
        assert_eq!(with_digest("[guest]\npack = 'x'\n", digest), None);
        assert_eq!(with_digest("file = \"guest.wasm\"\n", digest), None);
    }
}
