//! Tokens that a KAZOO cluster signed (KAZOO `kz_auth_jwt.erl`), for accounts that exist here under the same ids.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::{Map, Value};
use switchhook_store::{Actor, Token};
use time::OffsetDateTime;

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

/// How far ahead of this server's clock the clock of who signs may be. A token is let in no longer than it says.
const LEEWAY_SECONDS: u64 = 60;

/// What changes how a token is to be read: what must be understood (RFC 7515, 4.1.11), how its payload is written (RFC 7797), that it
/// is packed (RFC 7516), and what is in it (RFC 7515, 4.1.10). KAZOO uses none of them.
const NOT_UNDERSTOOD: [&str; 5] = ["crit", "b64", "zip", "enc", "cty"];

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
    /// Seconds since 1970, possibly with a fraction (RFC 7519, 2).
    iat: Option<f64>,
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
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
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

/// Whether the header says nothing that would have to be heeded, and that this is a JWT, if it says what it is (RFC 7519, 5.1).
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

/// Three parts with dots between them (RFC 7519). The tokens of this server have none.
pub(super) fn is_jwt(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}
