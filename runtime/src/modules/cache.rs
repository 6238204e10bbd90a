//! A cache of machine code, in a folder of the operator's.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use rustix::process::geteuid;

use super::{
    machine_code::Key,
    seal::{Seal, TAG_BYTES},
};

/// Only the owner may read the folder or write to it.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Prefix of the names of unfinished files.
const UNFINISHED: &str = "new.";

/// Age of an unfinished file that a process must have left behind: no compilation takes so long.
const LEFT_OVER: Duration = Duration::from_secs(24 * 60 * 60);

static NEW_FILES: AtomicU64 = AtomicU64::new(0);

/// Files of machine code, each with a tag at its end.
pub(super) struct Cache {
    folder: PathBuf,
    seal: Seal,
    max_bytes: u64,
}

/// Machine code whose tag shows that a process of this operator made it.
pub(super) struct Authentic(Vec<u8>);

impl Authentic {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// An unfinished file. It is removed unless it is kept.
pub(super) struct NewFile {
    file: File,
    path: PathBuf,
}

impl NewFile {
    pub(super) fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // A kept file has another name by now.
        let _ = fs::remove_file(&self.path);
    }
}

impl Cache {
    /// Opens the cache in a folder.
    ///
    /// # Errors
    /// If the folder cannot be made, or others than this user can write to it.
    pub(super) fn open(folder: &Path, max_bytes: u64) -> io::Result<Self> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(folder);
        made?;
        if fs::symlink_metadata(folder)?.uid() != geteuid().as_raw() {
            let error = format!("{} belongs to another user", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
        }
        // The folder may have existed before.
        fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))?;
        let cache = Self {
            // Beside the folder, so that emptying the folder leaves the secret.
            seal: Seal::open(&folder.with_extension("key"))?,
            folder: folder.to_owned(),
            max_bytes,
        };
        cache.remove_left_over();
        Ok(cache)
    }

    /// The code under a key. It counts as used now.
    pub(super) fn get(&self, key: &Key) -> Option<Authentic> {
        let path = self.folder.join(key.file_name());
        let mut file = File::open(&path).ok()?;
        let mut code = Vec::new();
        file.read_to_end(&mut code).ok()?;
        let tag = code.split_off(code.len().saturating_sub(TAG_BYTES));
        if !self.seal.is_of(key.as_bytes(), &code, &tag) {
            // Damaged or foreign code is made anew.
            let _ = fs::remove_file(&path);
            return None;
        }
        // Without the new time, the file is at worst removed too early.
        let _ = file.set_modified(SystemTime::now());
        Some(Authentic(code))
    }

    /// Makes an empty file.
    pub(super) fn new_file(&self) -> io::Result<NewFile> {
        // The folder may have been removed meanwhile.
        DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(&self.folder)?;
        let number = NEW_FILES.fetch_add(1, Ordering::Relaxed);
        let path = self
            .folder
            .join(format!("{UNFINISHED}{}.{number}", process::id()));
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)?;
        Ok(NewFile { file, path })
    }

    /// Seals a file of machine code, gives it its name after it is on the disk, and makes room.
    pub(super) fn keep(&self, new: &NewFile, key: &Key) -> io::Result<Authentic> {
        let mut file = new.file();
        let mut code = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut code)?;
        file.write_all(&self.seal.tag(key.as_bytes(), &code))?;
        file.sync_all()?;
        fs::rename(&new.path, self.folder.join(key.file_name()))?;
        self.make_room(key);
        Ok(Authentic(code))
    }

    /// Removes the files that were not used for longest, but not the newest. Loaded code stays loaded.
    fn make_room(&self, newest: &Key) {
        let mut files: Vec<_> = self.files().collect();
        files.sort_by_key(|(_, _, used)| *used);
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        let newest = newest.file_name();
        for (path, size, _) in files {
            if bytes <= self.max_bytes {
                return;
            }
            let is_newest = path.file_name().is_some_and(|name| name == newest.as_str());
            if !is_newest && fs::remove_file(path).is_ok() {
                bytes -= size;
            }
        }
    }

    fn remove_left_over(&self) {
        for (path, _, used) in self.files() {
            let name = path.file_name().unwrap_or_default();
            let is_unfinished = name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes());
            let is_old = used.elapsed().is_ok_and(|age| age > LEFT_OVER);
            if is_unfinished && is_old {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Path, bytes and time of last use of each file.
    fn files(&self) -> impl Iterator<Item = (PathBuf, u64, SystemTime)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((entry.path(), metadata.len(), metadata.modified().ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::{Engine, EngineConfig};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("switchhook-{name}-{}", process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn open(&self, max_bytes: u64) -> Cache {
            Cache::open(&self.0.join("modules"), max_bytes).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn keys<const N: usize>(codes: [&[u8]; N]) -> [Key; N] {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        codes.map(|code| Key::of(&engine, "a", code))
    }

    fn keep(cache: &Cache, key: &Key, code: &[u8]) {
        let new = cache.new_file().unwrap();
        new.file().write_all(code).unwrap();
        assert_eq!(cache.keep(&new, key).unwrap().bytes(), code);
    }

    #[test]
    fn the_folder_is_bounded_and_nobody_elses() {
        let folder = Folder::new("bounded");
        let cache = folder.open(2 * (10 + TAG_BYTES as u64) + 5);
        let mode = cache.folder.metadata().unwrap().mode();
        assert_eq!(mode & 0o777, FOLDER_MODE);
        let keys = keys([b"a", b"b", b"c"]);
        for (key, age) in keys.iter().zip([3, 2, 1]) {
            let new = cache.new_file().unwrap();
            new.file().write_all(&[0; 10]).unwrap();
            let used = SystemTime::now() - Duration::from_secs(age);
            cache.keep(&new, key).unwrap();
            if let Ok(file) = File::open(cache.folder.join(key.file_name())) {
                file.set_modified(used).unwrap();
            }
        }
        let there = keys.each_ref().map(|key| cache.get(key).is_some());
        let dropped = cache.new_file().unwrap();
        drop(dropped);
        assert_eq!(there, [false, true, true]);
        assert_eq!(cache.files().count(), 2);
    }

    #[test]
    fn only_what_was_kept_is_given() {
        let folder = Folder::new("authentic");
        let cache = folder.open(1000);
        let [one, other] = keys([b"one", b"other"]);
        keep(&cache, &one, b"code");
        keep(&cache, &other, b"evil");
        let given = |cache: &Cache, key| cache.get(key).map(|code| code.bytes().to_owned());
        assert_eq!(given(&cache, &one).unwrap(), b"code");
        assert_eq!(given(&folder.open(1000), &one).unwrap(), b"code");

        // Code in the place of other code, changed, cut or empty: all count as missing.
        let path = |key: &Key| cache.folder.join(key.file_name());
        let whole = fs::read(path(&one)).unwrap();
        let mut changed = whole.clone();
        changed[0] ^= 1;
        let moved = fs::read(path(&other)).unwrap();
        for bytes in [&moved[..], &changed, &whole[..20], &[]] {
            fs::write(path(&one), bytes).unwrap();
            assert_eq!(given(&cache, &one), None);
            assert!(!path(&one).exists());
        }
        fs::write(path(&one), &whole).unwrap();
        assert_eq!(given(&cache, &one).unwrap(), b"code");
        fs::remove_file(folder.0.join("modules.key")).unwrap();
        assert_eq!(given(&folder.open(1000), &one), None);
    }
}
