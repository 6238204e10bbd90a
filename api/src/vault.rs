//! Encrypts secrets for the database: XChaCha20-Poly1305 with the operator's key.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

const KEY_BYTES: usize = 32;
/// Random nonces of this length do not repeat in practice (RFC draft-irtf-cfrg-xchacha, section 1).
const NONCE_BYTES: usize = 24;

/// The operator's keys. The first one encrypts.
pub(crate) struct Vault(Vec<XChaCha20Poly1305>);

/// Why keys cannot be read or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    #[error("cannot read the key file {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} does not hold {KEY_BYTES} bytes as Base64", path.display())]
    NoKey { path: PathBuf },
    /// No key is configured.
    #[error("there is no key to keep secrets with")]
    NoKeys,
    /// The secret was encrypted with another key or for another owner, or is damaged.
    #[error("the secrets cannot be decrypted with the configured keys")]
    Sealed,
}

impl Vault {
    /// Reads one key from each file.
    pub(crate) fn open(files: impl Iterator<Item = PathBuf>) -> Result<Self, VaultError> {
        files.map(read_key).collect::<Result<_, _>>().map(Self)
    }

    /// Encrypts a secret for an owner. It cannot be decrypted for another owner.
    pub(crate) fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>, VaultError> {
        let cipher = self.0.first().ok_or(VaultError::NoKeys)?;
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).expect("the operating system has random numbers");
        let payload = Payload {
            msg: secret,
            aad: owner.as_bytes(),
        };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a few kilobytes can be encrypted");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`Self::seal`] encrypted.
    pub(crate) fn unseal(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (nonce, sealed) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(VaultError::Sealed)?;
        let opened = self.0.iter().find_map(|cipher| {
            let payload = Payload {
                msg: sealed,
                aad: owner.as_bytes(),
            };
            cipher.decrypt(&XNonce::from(*nonce), payload).ok()
        });
        opened.ok_or(if self.0.is_empty() {
            VaultError::NoKeys
        } else {
            VaultError::Sealed
        })
    }
}

fn read_key(path: PathBuf) -> Result<XChaCha20Poly1305, VaultError> {
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(VaultError::Read { path, source }),
    };
    let key: Option<[u8; KEY_BYTES]> = STANDARD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    key.map(|key| XChaCha20Poly1305::new(&Key::from(key)))
        .ok_or(VaultError::NoKey { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(keys: &[u8]) -> Vault {
        let cipher = |byte: &u8| XChaCha20Poly1305::new(&Key::from([*byte; KEY_BYTES]));
        Vault(keys.iter().map(cipher).collect())
    }

    const SECRET: &[u8] = b"s3cret";

    #[test]
    fn secrets_come_back_with_the_key_and_an_older_key() {
        let sealed = vault(&[1]).seal("f", SECRET).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"s3cret"));
        assert_eq!(vault(&[1]).unseal("f", &sealed).unwrap(), SECRET);
        assert_eq!(vault(&[2, 1]).unseal("f", &sealed).unwrap(), SECRET);
    }

    #[test]
    fn no_other_key_function_or_bytes_open_them() {
        let sealed = vault(&[1]).seal("f", SECRET).unwrap();
        let mut damaged = sealed.clone();
        damaged[NONCE_BYTES] ^= 1;
        for (keys, function, sealed) in [
            (&[2_u8][..], "f", sealed.as_slice()),
            (&[1], "g", &sealed),
            (&[1], "f", &damaged),
            (&[1], "f", &sealed[..10]),
        ] {
            let error = vault(keys).unseal(function, sealed).unwrap_err();
            assert!(matches!(error, VaultError::Sealed), "{error}");
        }
        assert!(matches!(
            vault(&[]).unseal("f", &sealed).unwrap_err(),
            VaultError::NoKeys
        ));
    }

    #[test]
    fn the_same_secrets_never_look_the_same() {
        let seal = || vault(&[1]).seal("f", SECRET).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_key_file_holds_32_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = |text: &str| {
            std::fs::write(file.path(), text).unwrap();
            Vault::open([file.path().to_owned()].into_iter())
        };
        assert!(open(&format!("{}\n", STANDARD.encode([7; 32]))).is_ok());
        for text in ["", "not base64!", &STANDARD.encode([7; 31])] {
            assert!(
                matches!(open(text), Err(VaultError::NoKey { .. })),
                "{text}"
            );
        }
    }
}
