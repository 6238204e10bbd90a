use super::*;

const WASM: &[u8] = b"wasm";

fn manifest() -> String {
    format!(
        "id = 'x'\nversion = '1.2'\ntitle = 'X'\nabi = 1\nextensions = ['x']\n\n[guest]\nfile = 'guest.wasm'\nsha256 = '{}'\n",
        Digest::of(WASM)
    )
}

/// A pack's folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn read(files: &[(&str, &[u8])]) -> Result<LanguagePack, PackError> {
    LanguagePack::read(folder(files).path())
}

/// An error with all its causes, as an operator reads it.
fn words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", words(source)),
        None => error.to_string(),
    }
}

#[test]
fn the_built_in_packs_are_whole() {
    let packs = LanguagePack::built_in().unwrap();
    let folders =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests")).unwrap();
    let mut names: Vec<_> = folders
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.join("pack.toml").is_file())
        .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .filter(|name| !["jq", "skeleton"].contains(&name.as_str()))
        .collect();
    names.sort();
    assert_eq!(
        packs.iter().map(LanguagePack::id).collect::<Vec<_>>(),
        names
    );
    for pack in packs {
        for module in pack.modules() {
            pack.module(module).unwrap();
        }
        assert!(pack.samples().count() >= 5, "{pack}");
        assert!(!pack.licences().is_empty(), "{pack}");
    }
}

#[test]
fn a_pack_is_the_same_from_a_folder_and_from_archives() {
    let manifest = format!(
        "{}[[samples]]\ntitle = 'S'\nfile = 'samples/s.x'\n",
        manifest()
    );
    let files: [(&str, &[u8]); 3] = [
        ("pack.toml", manifest.as_bytes()),
        ("guest.wasm", WASM),
        ("samples/s.x", b"s"),
    ];
    let from_folder = read(&files).unwrap();

    let target = tempfile::tempdir().unwrap();
    for inside in ["", "x-1.2/"] {
        let path = target.path().join("pack.tar.zst");
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, format!("{inside}{name}"), content)
                .unwrap();
        }
        let tar = zstd::encode_all(tar.into_inner().unwrap().as_slice(), 1).unwrap();
        std::fs::write(&path, tar).unwrap();
        let from_tar = LanguagePack::read(&path).unwrap();

        let path = target.path().join("pack.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, content) in files {
            zip.start_file(
                format!("{inside}{name}"),
                zip::write::SimpleFileOptions::default(),
            )
            .unwrap();
            std::io::Write::write_all(&mut zip, content).unwrap();
        }
        zip.finish().unwrap();
        let from_zip = LanguagePack::read(&path).unwrap();

        for pack in [&from_tar, &from_zip] {
            assert!(pack.files().eq(from_folder.files()), "{inside}");
            assert_eq!(pack.to_string(), "x@1.2");
        }
    }
}

#[test]
fn what_is_no_pack_is_refused_with_a_sentence() {
    let good = manifest();
    let with = |from: &str, to: &str| good.replace(from, to);
    let cases: &[(&str, String, &[u8], &str)] = &[
        ("a changed guest", good.clone(), b"other", "has SHA-256"),
        (
            "another ABI",
            with("abi = 1", "abi = 2"),
            WASM,
            "speaks guest ABI 2",
        ),
        ("a misspelt field", with("title", "titel"), WASM, "titel"),
        (
            "no version",
            with("1.2", "new"),
            WASM,
            "`new` is no version",
        ),
        (
            "an id with a path",
            with("id = 'x'", "id = '../x'"),
            WASM,
            "`../x` cannot be the id",
        ),
        (
            "no guest",
            with("guest.wasm", "none.wasm"),
            WASM,
            "has no none.wasm",
        ),
        (
            "a guest outside",
            with("guest.wasm", "../guest.wasm"),
            WASM,
            "has no ../guest.wasm",
        ),
        (
            "no digest",
            with("sha256", "sha"),
            WASM,
            "did not match any variant",
        ),
        (
            "not compressed",
            with("guest.wasm", "guest.wasm.zst"),
            WASM,
            "has no guest.wasm.zst",
        ),
        (
            "a sample that is not there",
            format!("{good}[[samples]]\ntitle = 'S'\nfile = 's.x'\n"),
            WASM,
            "has no s.x",
        ),
    ];
    for (name, manifest, wasm, expected) in cases {
        let refused = read(&[("pack.toml", manifest.as_bytes()), ("guest.wasm", wasm)]);
        let words = words(&refused.expect_err(name));
        assert!(words.contains(expected), "{name}: {words}");
    }
}

#[test]
fn what_holds_no_pack_is_refused_with_a_sentence() {
    let folder = folder(&[
        ("empty/readme", b""),
        ("pack.zip", b"PK"),
        ("pack.tar.zst", b"tar"),
        ("pack.rar", b""),
    ]);
    for (name, expected) in [
        ("empty", "it has no pack.toml"),
        ("pack.zip", "no zip archive"),
        ("pack.tar.zst", "cannot be read"),
        ("pack.rar", "neither a folder nor"),
        ("missing", "No such file"),
    ] {
        let refused = LanguagePack::read(&folder.path().join(name));
        let words = words(&refused.expect_err(name));
        assert!(words.contains(expected), "{name}: {words}");
    }
}

/// A `.tar.zst` with these entries: kind, path, content.
fn tar_zst(entries: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (kind, path, content) in entries {
        let mut header = tar::Header::new_gnu();
        // No honest tool writes such a path.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    zstd::encode_all(tar.into_inner().unwrap().as_slice(), 1).unwrap()
}

fn refusal(name: &str, archive: &[u8]) -> String {
    let folder = folder(&[(name, archive)]);
    words(&LanguagePack::read(&folder.path().join(name)).unwrap_err())
}

#[test]
fn an_archive_has_files_of_the_pack_and_nothing_else() {
    use tar::EntryType;

    let manifest = manifest();
    let manifest = (EntryType::Regular, "pack.toml", manifest.as_bytes());
    let guest = (EntryType::Regular, "guest.wasm", WASM);
    let with = |kind, path| refusal("x.tar.zst", &tar_zst(&[manifest, guest, (kind, path, b"")]));
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
    ] {
        let words = with(kind, "samples/a.x");
        assert!(
            words.ends_with(": `samples/a.x` is neither a file nor a folder"),
            "{kind:?}: {words}"
        );
    }
    for path in ["../a", "samples/../../a", "/etc/passwd"] {
        let words = with(EntryType::Regular, path);
        let expected = format!(": `{path}` leads out of the pack, or is not UTF-8");
        assert!(words.ends_with(&expected), "{words}");
    }
    let folder = folder(&[]);
    let path = folder.path().join("x.tar.zst");
    let directory = (EntryType::Directory, "samples", &b""[..]);
    std::fs::write(&path, tar_zst(&[directory, manifest, guest])).unwrap();
    assert_eq!(LanguagePack::read(&path).unwrap().to_string(), "x@1.2");
}

#[test]
fn an_archive_has_no_more_than_a_pack_needs() {
    let too_large = ": it has more than 2000 files or 134217728 bytes";
    for kind in [tar::EntryType::Regular, tar::EntryType::Directory] {
        let many = vec![(kind, "a", &b""[..]); 100_000];
        let words = refusal("x.tar.zst", &tar_zst(&many));
        assert!(words.ends_with(too_large), "{kind:?}: {words}");
    }

    let folder = folder(&[]);
    let path = folder.path().join("pack.tar.zst");
    let file = std::fs::File::create(&path).unwrap();
    let mut tar = tar::Builder::new(zstd::Encoder::new(file, 1).unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(MAX_BYTES + 1);
    let zeros = std::io::Read::take(std::io::repeat(0), MAX_BYTES + 1);
    tar.append_data(&mut header, "pack.toml", zeros).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
    let words = words(&LanguagePack::read(&path).unwrap_err());
    assert!(words.ends_with(too_large), "{words}");
}

#[test]
fn a_small_module_that_unpacks_to_much_is_refused() {
    let zeros = std::io::Read::take(std::io::repeat(0), MAX_BYTES + 1);
    let bomb = zstd::encode_all(zeros, 1).unwrap();
    let manifest = manifest().replace("guest.wasm", "guest.wasm.zst");
    let refused = read(&[
        ("pack.toml", manifest.as_bytes()),
        ("guest.wasm.zst", bomb.as_slice()),
    ]);
    let words = words(&refused.unwrap_err());
    assert_eq!(
        words,
        "guest.wasm.zst of language pack x@1.2 cannot be decompressed, or is too large"
    );
}

#[test]
fn a_manifest_is_read_within_bounds() {
    let refused = |manifest: &str| words(&read(&[("pack.toml", manifest.as_bytes())]).unwrap_err());
    let long = manifest() + &"#".repeat(MAX_MANIFEST_BYTES);
    assert_eq!(
        refused(&long),
        "the language pack's pack.toml has more than 65536 bytes"
    );
    let nested = format!("a = {}", "[".repeat(MAX_MANIFEST_BYTES - 4));
    let words = refused(&nested);
    assert!(
        words.starts_with("the language pack's pack.toml cannot be read: line 1: "),
        "{words}"
    );
    assert_eq!(words.lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_folder_has_no_links() {
    let manifest = manifest();
    let pack = folder(&[("pack.toml", manifest.as_bytes()), ("guest.wasm", WASM)]);
    let link = pack.path().join("other.wasm");
    std::os::unix::fs::symlink("guest.wasm", &link).unwrap();
    let refused = words(&LanguagePack::read(pack.path()).unwrap_err());
    assert!(
        refused.ends_with(": `other.wasm` is neither a file nor a folder"),
        "{refused}"
    );
    std::fs::remove_file(link).unwrap();

    // An operator may name a folder by a link.
    let elsewhere = folder(&[]);
    let link = elsewhere.path().join("pack");
    std::os::unix::fs::symlink(pack.path(), &link).unwrap();
    assert!(LanguagePack::read(&link).is_ok());
}
