//! `/_session`: cookies that take the place of a password (CouchDB `couch_httpd_auth.erl`).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap},
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::{
    CouchDb,
    authentication::{self, Users},
    error::CouchError,
    request::Request,
};
use crate::http::content;

/// The cookie's name.
const COOKIE: &str = "AuthSession";

/// Time after which an unused session ends: CouchDB's (`[chttpd_auth] timeout`).
const IDLE: Duration = Duration::from_mins(10);

/// Bytes of the code behind the name and the time.
const CODE_LENGTH: usize = 32;

/// Makes and reads cookies. As in CouchDB, a cookie has all there is of a session: the user's name, when the session was
/// renewed, and a code over both that only servers with the key can make. Servers that share a database share the key.
pub(super) struct Sessions {
    key: [u8; 32],
}

impl Sessions {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The user of a session that has not ended.
    pub(super) fn user(&self, users: &Users, cookie: &str) -> Option<Arc<str>> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (signed, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE_LENGTH)?)?;
        let signed = std::str::from_utf8(signed).ok()?;
        let (name, time) = signed.rsplit_once(':')?;
        let (user, password) = users.get(name)?;
        self.code(signed, password).verify_slice(code).ok()?;
        let renewed = Duration::from_secs(u64::from_str_radix(time, 16).ok()?);
        // The clock of the server that renewed it may be ahead.
        let age = now().saturating_sub(renewed);
        (age < IDLE).then_some(user)
    }

    /// The cookie of a session that begins or goes on now.
    fn cookie(&self, users: &Users, name: &str) -> Option<String> {
        let (_, password) = users.get(name)?;
        let signed = format!("{name}:{:X}", now().as_secs());
        let code = self.code(&signed, password).finalize().into_bytes();
        Some(URL_SAFE_NO_PAD.encode([signed.as_bytes(), &code].concat()))
    }

    /// A user's sessions end when their password changes.
    fn code(&self, signed: &str, password: &[u8; 32]) -> Hmac<Sha256> {
        let mut code = Hmac::<Sha256>::new_from_slice(&self.key).expect("keys may have any length");
        code.update(password);
        code.update(signed.as_bytes());
        code
    }
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// The cookie of a session.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|cookie| !cookie.is_empty())
}

pub(super) fn answer(request: &Request) -> Result<HttpResponse, CouchError> {
    match request.method() {
        Method::GET => Ok(request.json(
            StatusCode::OK,
            &json!({
                "ok": true,
                "userCtx": {"name": request.user(), "roles": roles(request.user())},
                "info": {
                    "authentication_handlers": ["cookie", "default"],
                    "authenticated": request.user().map(|_| "default"),
                },
            }),
        )),
        Method::POST => log_in(request),
        Method::DELETE => {
            let mut reply = request.json(StatusCode::OK, &json!({"ok": true}));
            let ended = format!("{COOKIE}=; Version=1; Max-Age=0; Path=/; HttpOnly");
            if let Ok(ended) = ended.try_into() {
                reply.headers_mut().insert(header::SET_COOKIE, ended);
            }
            Ok(reply)
        }
        _ => Err(CouchError::method_not_allowed("GET,HEAD,POST,DELETE")),
    }
}

/// The roles of a user: every user may do everything.
fn roles(user: Option<&str>) -> &'static [&'static str] {
    match user {
        Some(_) => &["_admin"],
        None => &[],
    }
}

fn log_in(request: &Request) -> Result<HttpResponse, CouchError> {
    let form: HashMap<String, String> = match content::essence(request.headers()).as_str() {
        "application/json" => request.body_as()?,
        "application/x-www-form-urlencoded" => {
            let text = String::from_utf8_lossy(request.body());
            content::pairs_of(&text).into_iter().collect()
        }
        _ => {
            return Err(CouchError::content_type(
                "Content-Type must be 'application/x-www-form-urlencoded' or 'application/json'",
            ));
        }
    };
    let Some(name) = form.get("name").or_else(|| form.get("username")) else {
        return Err(CouchError::bad_request(
            "request body must contain a username",
        ));
    };
    let password = form.get("password").map_or("", String::as_str);
    let couchdb = request.couchdb();
    let user = couchdb.users.user(name, password);
    let user = user.ok_or_else(authentication::wrong)?;
    let body = json!({"ok": true, "name": user, "roles": roles(Some(&user))});
    let mut reply = request.json(StatusCode::OK, &body);
    set_cookie(couchdb, &mut reply, &user);
    Ok(reply)
}

/// Sends a new cookie, so that the session continues.
pub(super) fn renew(couchdb: &CouchDb, headers: &HeaderMap, reply: &mut HttpResponse) {
    if headers.contains_key(header::COOKIE)
        && !headers.contains_key(header::AUTHORIZATION)
        && !reply.headers().contains_key(header::SET_COOKIE)
        && let Some(cookie) = cookie(headers)
        && let Some(user) = couchdb.sessions.user(&couchdb.users, cookie)
    {
        set_cookie(couchdb, reply, &user);
    }
}

fn set_cookie(couchdb: &CouchDb, reply: &mut HttpResponse, user: &str) {
    let Some(cookie) = couchdb.sessions.cookie(&couchdb.users, user) else {
        return;
    };
    let expires = header::HttpDate::from(SystemTime::now() + IDLE);
    let seconds = IDLE.as_secs();
    let cookie = format!(
        "{COOKIE}={cookie}; Version=1; Expires={expires}; Max-Age={seconds}; Path=/; HttpOnly"
    );
    if let Ok(cookie) = cookie.try_into() {
        reply.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use switchhook_runtime::Digest;

    use super::*;

    fn users(password: &str) -> Users {
        Users::new(vec![("kazoo:1".into(), Digest::of(password.as_bytes()))])
    }

    #[test]
    fn every_server_with_the_key_believes_a_cookie() {
        let users = users("secret");
        let cookie = Sessions::new([1; 32]).cookie(&users, "kazoo:1").unwrap();
        let user = |key| Sessions::new([key; 32]).user(&users, &cookie);
        assert_eq!(user(1).as_deref(), Some("kazoo:1"));
        assert_eq!(user(2), None);
    }

    #[test]
    fn a_cookie_that_was_changed_is_none() {
        let users = users("secret");
        let sessions = Sessions::new([1; 32]);
        let cookie = sessions.cookie(&users, "kazoo:1").unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&cookie).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert!(sessions.user(&users, &changed).is_none(), "{at}");
        }
        for cookie in ["", "x", "a2F6b28", &cookie[..cookie.len() - 2]] {
            assert!(sessions.user(&users, cookie).is_none(), "{cookie}");
        }
    }

    #[test]
    fn sessions_end_with_their_time_and_with_the_password() {
        let sessions = Sessions::new([1; 32]);
        let of = |renewed: Duration| {
            let signed = format!("kazoo:1:{:X}", renewed.as_secs());
            let password = Digest::of(b"secret");
            let code = sessions.code(&signed, password.as_bytes()).finalize();
            URL_SAFE_NO_PAD.encode([signed.as_bytes(), &code.into_bytes()].concat())
        };
        let goes_on = |renewed| sessions.user(&users("secret"), &of(renewed)).is_some();
        assert!(goes_on(now() - IDLE / 2));
        assert!(!goes_on(now() - IDLE));
        assert!(goes_on(now() + Duration::from_secs(5)));
        assert!(sessions.user(&users("another"), &of(now())).is_none());
    }
}
