//! `open_revs`: several revisions of a document for replicators (CouchDB `chttpd_db.erl`, `db_doc_req/3` and
//! `send_docs_multipart/4`). A client that accepts `multipart/mixed` and does not name JSON gets parts, such as
//! CouchDB's own replicator. Every other client gets a list in JSON.

use std::fmt::Write;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde_json::{Value, json};
use switchhook_store::ids::random_id;

use super::{
    documents::{Extras, at, revision, shown},
    error::CouchError,
    request::Request,
};

const IN_PARTS: &str = "multipart/mixed";

/// `which` is `all`, or a list of revisions.
pub(super) async fn answer(
    request: &Request,
    id: &str,
    which: &str,
    extras: Extras,
) -> Result<HttpResponse, CouchError> {
    let database = request.database();
    let mut found = Vec::new();
    if which == "all" {
        let document = database.document(id).await?;
        let document = document.ok_or_else(CouchError::missing)?;
        found.push(json!({"ok": shown(database, &document, extras).await?}));
    } else {
        let names: Vec<String> = serde_json::from_str(which)
            .map_err(|_| CouchError::bad_request("Invalid list of revisions"))?;
        for name in names {
            found.push(match at(database, id, &revision(&name)?, extras).await? {
                Some(document) => json!({"ok": shown(database, &document, extras).await?}),
                None => json!({"missing": name}),
            });
        }
    }
    if accepts_parts(request.header(header::ACCEPT).unwrap_or_default()) {
        let boundary = random_id();
        return Ok(HttpResponse::Ok()
            .insert_header((
                header::CONTENT_TYPE,
                format!("{IN_PARTS}; boundary=\"{boundary}\""),
            ))
            .body(parts(&found, &boundary)));
    }
    Ok(request.json(StatusCode::OK, &found))
}

/// Whether the client names parts and does not name JSON. CouchDB also sends parts to clients that accept everything,
/// and few of these can read them.
fn accepts_parts(accept: &str) -> bool {
    let types = || {
        let types = accept.split(',');
        types.map(|it| it.split(';').next().unwrap_or_default().trim())
    };
    let names = |name: &str| types().any(|it| it.eq_ignore_ascii_case(name));
    (names(IN_PARTS) || names("multipart/*")) && !names("application/json")
}

fn parts(found: &[Value], boundary: &str) -> String {
    let mut text = format!("--{boundary}");
    for one in found {
        let (parameter, body) = match one.get("ok") {
            Some(document) => ("", document),
            None => ("; error=\"true\"", one),
        };
        let _ = write!(
            text,
            "\r\nContent-Type: application/json{parameter}\r\n\r\n{body}\r\n--{boundary}"
        );
    }
    text.push_str("--");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_names_parts_gets_parts() {
        for (accept, expected) in [
            ("multipart/mixed", true),
            ("Multipart/Mixed;q=0.9, multipart/related", true),
            ("multipart/*", true),
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("application/json, multipart/mixed", false),
        ] {
            assert_eq!(accepts_parts(accept), expected, "{accept}");
        }
    }

    /// In the form of CouchDB 3.5.
    #[test]
    fn parts_are_documents_and_what_is_missing() {
        let found = [
            json!({"ok": {"_id": "d", "_rev": "1-a"}}),
            json!({"missing": "2-b"}),
        ];
        let expected = "--x\r\nContent-Type: application/json\r\n\r\n{\"_id\":\"d\",\"_rev\":\"1-a\"}\r\n--x\
            \r\nContent-Type: application/json; error=\"true\"\r\n\r\n{\"missing\":\"2-b\"}\r\n--x--";
        assert_eq!(parts(&found, "x"), expected);
        assert_eq!(parts(&[], "x"), "--x--");
    }
}
