//! Tokens that a KAZOO cluster signed (KAZOO `kz_auth_jwt.erl`), for accounts that exist here with the same ids.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, Validation,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    decode,
    errors::{Error, ErrorKind, Result as JwtResult},
    signature::{self, Verifier},
};
use ring::{
    error::Unspecified,
    signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use switchhook_store::{Actor, Token};
use time::OffsetDateTime;

/// Why a key for signed tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JwtError {
    #[error("cannot read the public key {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} does not hold an RSA public key as PEM", path.display())]
    NoKey {
        path: PathBuf,
        #[source]
        source: Error,
    },
}

/// How far the signer's clock may be ahead of this server's, in seconds. Expiry has no such tolerance.
const LEEWAY_SECONDS: u64 = 60;

/// Header fields that change how a token is read: critical extensions (RFC 7515, 4.1.11), the form of the payload (RFC
/// 7797), compression and encryption (RFC 7516), and the payload's type (RFC 7515, 4.1.10). KAZOO uses none, so tokens
/// with one are refused.
const NOT_UNDERSTOOD: [&str; 5] = ["crit", "b64", "zip", "enc", "cty"];

/// The key for signed tokens.
pub(crate) struct JwtKey {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    account_id: String,
    owner_id: Option<String>,
    exp: i64,
    /// Seconds since 1970, perhaps with a fraction (RFC 7519, 2).
    iat: Option<f64>,
}

impl JwtKey {
    /// Reads a public key. Only RS256 is accepted, whatever a token's header says. Tokens must expire and, if `issuer`
    /// is given, name this issuer.
    pub(crate) fn open(path: &Path, issuer: Option<&str>) -> Result<Self, JwtError> {
        let pem = std::fs::read(path).map_err(|source| JwtError::Read {
            path: path.into(),
            source,
        })?;
        let key = DecodingKey::from_rsa_pem(&pem).map_err(|source| JwtError::NoKey {
            path: path.into(),
            source,
        })?;
        // A process has one provider, and the second key finds the same one there.
        let _ = SIGNATURES.install_default();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        // KAZOO's tokens have no audience.
        validation.validate_aud = false;
        if let Some(issuer) = issuer {
            validation.set_issuer(&[issuer]);
            validation.set_required_spec_claims(&["exp", "iss"]);
        }
        Ok(Self { key, validation })
    }

    /// The token's content, if its signature is right and it has not expired.
    pub(super) fn verify(&self, token: &str) -> Option<Token> {
        if !is_understood(token) {
            return None;
        }
        let claims = decode::<Claims>(token, &self.key, &self.validation)
            .ok()?
            .claims;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let latest = now.saturating_add_unsigned(LEEWAY_SECONDS) as f64;
        if claims.exp <= now || claims.iat.is_some_and(|issued| issued > latest) {
            return None;
        }
        Some(Token {
            actor: Actor {
                account_id: claims.account_id,
                user_id: claims.owner_id,
            },
            expires: Some(claims.exp),
        })
    }
}

/// RS256 by the library that does TLS. Those for all other algorithms would be built for nothing.
static SIGNATURES: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::RS256 => Ok(Box::new(Rs256::new(key)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3). KAZOO's keys have 2048 bits and the exponent 2049 (`kazoo_auth.hrl`,
/// `kz_auth_keys.erl`). A cluster's own key can be shorter.
struct Rs256(UnparsedPublicKey<Vec<u8>>);

impl Rs256 {
    fn new(key: &DecodingKey) -> JwtResult<Self> {
        let DecodingKeyKind::SecretOrDer(key) = key.kind() else {
            return Err(ErrorKind::InvalidKeyFormat.into());
        };
        let algorithm = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        Ok(Self(UnparsedPublicKey::new(algorithm, key.clone())))
    }
}

impl Verifier<Vec<u8>> for Rs256 {
    fn verify(&self, signed: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let verified = self.0.verify(signed, signature);
        verified.map_err(|Unspecified| signature::Error::new())
    }
}

impl JwtVerifier for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

/// Whether the header has no field that changes how the token is read, and names no other type than JWT (RFC 7519,
/// 5.1).
fn is_understood(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).ok();
    let header = header.and_then(|json| serde_json::from_slice::<Map<_, _>>(&json).ok());
    header.is_some_and(|header| {
        let is_jwt = |kind: &Value| {
            kind.as_str()
                .is_some_and(|it| it.eq_ignore_ascii_case("JWT"))
        };
        header.get("typ").is_none_or(is_jwt)
            && NOT_UNDERSTOOD
                .iter()
                .all(|name| !header.contains_key(*name))
    })
}

/// Whether a token has three parts with dots between them (RFC 7519). This server's own tokens have no dots.
pub(super) fn is_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token's key was thrown away: it signs nothing else. The token is valid until 2100.
    #[test]
    fn a_key_as_kazoo_makes_them_is_taken() {
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/crossbar/keys");
        let key = JwtKey::open(&keys.join("exponent_2049.pub.pem"), Some("kazoo")).unwrap();
        let token = include_str!("../../../tests/crossbar/keys/exponent_2049.jwt");
        let verified = key.verify(token).unwrap();
        assert_eq!(verified.actor.account_id, format!("{:032}", 1));
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert!(
            key.verify(&format!("{signed}.{}", "A".repeat(342)))
                .is_none()
        );
    }
}
