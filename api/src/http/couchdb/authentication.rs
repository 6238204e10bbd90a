//! Identifies users, by name and password or by the cookie of a session.

use std::{collections::HashMap, sync::Arc};

use actix_web::{HttpRequest, http::header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;
use switchhook_runtime::Digest;

use super::{CouchDb, error::CouchError, sessions};

/// Users by name, with digests of their passwords. Each user may do everything.
pub(crate) struct Users(HashMap<Arc<str>, Digest>);

impl Users {
    pub(crate) fn new(users: Vec<(String, Digest)>) -> Self {
        Self(
            users
                .into_iter()
                .map(|(name, password)| (name.into(), password))
                .collect(),
        )
    }

    /// A user's name, and the digest of their password.
    pub(super) fn get(&self, name: &str) -> Option<(Arc<str>, &[u8; 32])> {
        let (name, password) = self.0.get_key_value(name)?;
        Some((Arc::clone(name), password.as_bytes()))
    }

    /// The user with this name and password. The time does not depend on how much of the password is right.
    pub(super) fn user(&self, name: &str, password: &str) -> Option<Arc<str>> {
        let (name, expected) = self.0.get_key_value(name)?;
        let given = Digest::of(password.as_bytes());
        let is_right = given.as_bytes().ct_eq(expected.as_bytes());
        bool::from(is_right).then(|| Arc::clone(name))
    }
}

/// The user of a request. `None` without name and cookie, and for a session that has ended.
pub(super) fn user_of(
    couchdb: &CouchDb,
    request: &HttpRequest,
) -> Result<Option<Arc<str>>, CouchError> {
    let headers = request.headers();
    let authorization = headers.get(header::AUTHORIZATION);
    if let Some(authorization) = authorization.and_then(|value| value.to_str().ok())
        && let Some((scheme, encoded)) = authorization.split_once(' ')
        && scheme.eq_ignore_ascii_case("basic")
    {
        let pair = STANDARD.decode(encoded.trim()).ok();
        let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
        let user = pair.as_deref().and_then(|pair| pair.split_once(':'));
        let user = user.and_then(|(name, password)| couchdb.users.user(name, password));
        return match user {
            Some(user) => Ok(Some(user)),
            None => Err(wrong()),
        };
    }
    let cookie = sessions::cookie(headers);
    Ok(cookie.and_then(|cookie| couchdb.sessions.user(&couchdb.users, cookie)))
}

pub(super) fn wrong() -> CouchError {
    CouchError::unauthorized("Name or password is incorrect.")
}
