//! `/_session`: cookies that take the place of a password (CouchDB `couch_httpd_auth.erl`).

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap},
    },
};
use moka::sync::Cache;
use serde_json::json;
use switchhook_store::ids::random_secret;

use super::{CouchDb, authentication, error::CouchError, request::Request};
use crate::http::content;

/// The cookie's name.
const COOKIE: &str = "AuthSession";

/// Time after which an unused session ends: CouchDB's (`[chttpd_auth] timeout`).
const IDLE: Duration = Duration::from_mins(10);

/// Most sessions, of some 200 bytes each. Beyond that, the oldest end.
const MAX_SESSIONS: u64 = 10_000;

/// Users by the random ids of their sessions. Sessions end with the process.
pub(super) struct Sessions(Cache<String, Arc<str>>);

impl Sessions {
    pub(super) fn new() -> Self {
        let sessions = Cache::builder().max_capacity(MAX_SESSIONS);
        Self(sessions.time_to_idle(IDLE).build())
    }

    pub(super) fn user(&self, id: &str) -> Option<Arc<str>> {
        self.0.get(id)
    }

    fn begin(&self, user: Arc<str>) -> String {
        let id = random_secret();
        self.0.insert(id.clone(), user);
        id
    }
}

/// The id of a session, from the cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE)?.strip_prefix('='))
        .filter(|id| !id.is_empty())
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
            if let Some(id) = cookie(request.headers()) {
                request.couchdb().sessions.0.invalidate(id);
            }
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
    set_cookie(&mut reply, &couchdb.sessions.begin(user));
    Ok(reply)
}

/// Sends the cookie of a session again, so that the session continues.
pub(super) fn renew(couchdb: &CouchDb, headers: &HeaderMap, reply: &mut HttpResponse) {
    if headers.contains_key(header::COOKIE)
        && !headers.contains_key(header::AUTHORIZATION)
        && !reply.headers().contains_key(header::SET_COOKIE)
        && let Some(id) = cookie(headers)
        && couchdb.sessions.user(id).is_some()
    {
        set_cookie(reply, id);
    }
}

fn set_cookie(reply: &mut HttpResponse, id: &str) {
    let expires = header::HttpDate::from(SystemTime::now() + IDLE);
    let seconds = IDLE.as_secs();
    let cookie =
        format!("{COOKIE}={id}; Version=1; Expires={expires}; Max-Age={seconds}; Path=/; HttpOnly");
    if let Ok(cookie) = cookie.try_into() {
        reply.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
