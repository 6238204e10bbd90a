//! Tags that distinguish the operator's own files from others.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    process,
};

use hmac::{Hmac, KeyInit, Mac};
use rand::Rng;
use rustix::process::geteuid;
use sha2::Sha256;

/// Only the owner may read or write the file with the secret.
const SECRET_MODE: u32 = 0o600;
const OTHERS: u32 = 0o077;

const SECRET_BYTES: usize = 32;

/// Bytes of a tag: HMAC-SHA-256 (RFC 2104).
pub(super) const TAG_BYTES: usize = 32;

/// Makes tags that nobody else can make.
pub(super) struct Seal(Hmac<Sha256>);

impl Seal {
    /// The seal with the secret in a file, which is made if it is missing.
    ///
    /// # Errors
    /// If the file cannot be read or made, or other users can read it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let secret = match read(path)? {
            Some(secret) => secret,
            None => make(path)?,
        };
        let keyed = Hmac::new_from_slice(&secret);
        Ok(Self(keyed.map_err(io::Error::other)?))
    }

    /// The tag of some bytes and their name. The name keeps files from being exchanged.
    pub(super) fn tag(&self, name: &[u8; 32], bytes: &[u8]) -> [u8; TAG_BYTES] {
        self.keyed(name, bytes).finalize().into_bytes().into()
    }

    /// Checks a tag. The time does not depend on where the tag differs.
    pub(super) fn is_of(&self, name: &[u8; 32], bytes: &[u8], tag: &[u8]) -> bool {
        self.keyed(name, bytes).verify_slice(tag).is_ok()
    }

    fn keyed(&self, name: &[u8; 32], bytes: &[u8]) -> Hmac<Sha256> {
        let mut keyed = self.0.clone();
        keyed.update(name);
        keyed.update(bytes);
        keyed
    }
}

/// Reads the secret. `None` if the file is missing or incomplete.
fn read(path: &Path) -> io::Result<Option<[u8; SECRET_BYTES]>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if metadata.uid() != geteuid().as_raw() || metadata.mode() & OTHERS != 0 {
        let error = format!("{} is not this user's alone", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
    }
    let mut secret = Vec::new();
    file.take(SECRET_BYTES as u64 + 1)
        .read_to_end(&mut secret)?;
    Ok(secret.try_into().ok())
}

fn make(path: &Path) -> io::Result<[u8; SECRET_BYTES]> {
    let mut secret = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    let new = path.with_extension(format!("key.{}", process::id()));
    // A process may have ended before it gave the file its name.
    let _ = fs::remove_file(&new);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(SECRET_MODE)
        .open(&new)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    // If two servers start at one time, one of them makes its code again.
    fs::rename(&new, path)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_tag_is_of_one_secret_one_name_and_all_bytes() {
        let folder = std::env::temp_dir().join(format!("switchhook-seal-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("modules.key");
        let seal = Seal::open(&path).unwrap();
        let again = Seal::open(&path).unwrap();
        let mode = path.metadata().unwrap().mode() & 0o777;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let exposed = Seal::open(&path).err().map(|error| error.kind());
        fs::remove_file(&path).unwrap();
        let other = Seal::open(&path).unwrap();
        fs::remove_dir_all(&folder).unwrap();

        let tag = seal.tag(&[1; 32], b"code");
        assert!(again.is_of(&[1; 32], b"code", &tag));
        assert!(!seal.is_of(&[2; 32], b"code", &tag));
        assert!(!seal.is_of(&[1; 32], b"cody", &tag));
        assert!(!seal.is_of(&[1; 32], b"code", &tag[..31]));
        assert!(!other.is_of(&[1; 32], b"code", &tag));
        assert_eq!(mode, SECRET_MODE);
        assert_eq!(exposed, Some(io::ErrorKind::PermissionDenied));
    }
}
