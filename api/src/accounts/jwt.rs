//! Tokens that a KAZOO cluster signed (KAZOO `kz_auth_jwt.erl`), for accounts that exist here under the same ids.

use std::path::{Path, PathBuf};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use crate::store::{Actor, Token};

/// Why there is no key to check signatures with.
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
        source: jsonwebtoken::errors::Error,
    },
}

/// Whose signatures are believed.
pub(crate) struct JwtKey {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    account_id: String,
    owner_id: Option<String>,
    exp: i64,
}

impl JwtKey {
    /// Reads a public key. RS256 is the only algorithm that is accepted, whatever a token says of itself; every token
    /// must say when it expires and, if `issuer` is given, come from there.
    pub(crate) fn open(path: &Path, issuer: Option<&str>) -> Result<Self, JwtError> {
        let pem = std::fs::read(path).map_err(|source| JwtError::Read {
            path: path.into(),
            source,
        })?;
        let key = DecodingKey::from_rsa_pem(&pem).map_err(|source| JwtError::NoKey {
            path: path.into(),
            source,
        })?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        // KAZOO names no audience.
        validation.validate_aud = false;
        if let Some(issuer) = issuer {
            validation.set_issuer(&[issuer]);
            validation.set_required_spec_claims(&["exp", "iss"]);
        }
        Ok(Self { key, validation })
    }

    /// Whom the token stands for, if it is signed with the key and has not expired.
    pub(super) fn verify(&self, token: &str) -> Option<Token> {
        let claims = decode::<Claims>(token, &self.key, &self.validation)
            .ok()?
            .claims;
        Some(Token {
            actor: Actor {
                account_id: claims.account_id,
                user_id: claims.owner_id,
            },
            expires: Some(claims.exp),
        })
    }
}

/// Three parts with dots between them (RFC 7519). The tokens of this server have none.
pub(super) fn is_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}
