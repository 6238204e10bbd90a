//! Finds the handler for a path. Ids may contain slashes, written as `%2F`. Ids of design documents and local documents
//! contain one that may also be written as `/`.

use actix_web::HttpResponse;

use super::{
    DATABASE, all_docs, bulk, changes, database, documents, error::CouchError, local, replication,
    request::Request, server, sessions, shows, views,
};

/// The decoded parts of a path, without empty ones at its end.
pub(super) fn path(path: &str) -> Vec<String> {
    let mut parts = Vec::with_capacity(8);
    for part in path.trim_end_matches('/').split('/').skip(1) {
        let part = decoded(part);
        match ["_design/", "_local/"].map(|kind| part.strip_prefix(kind)) {
            [Some(name), _] => parts.extend(["_design".to_owned(), name.to_owned()]),
            [_, Some(name)] => parts.extend(["_local".to_owned(), name.to_owned()]),
            _ => parts.push(part),
        }
    }
    parts
}

/// Decodes a part. As in CouchDB, a plus is a space (`chttpd.erl`, `unquote/1`).
fn decoded(part: &str) -> String {
    if !part.contains(['%', '+']) {
        return part.to_owned();
    }
    let value = format!("={}", part.replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(value.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Whether a path needs no credentials, because it reveals nothing about functions.
pub(super) fn is_for_everybody(path: &[&str]) -> bool {
    matches!(path, [] | ["_up" | "_session"])
}

pub(super) async fn route(request: &Request, path: &[&str]) -> Result<HttpResponse, CouchError> {
    match path {
        [DATABASE, "_design", "functions", "_show", name] => {
            shows::answer(request, name, None).await
        }
        [DATABASE, "_design", "functions", "_show", name, id @ ..] if !id.is_empty() => {
            shows::answer(request, name, Some(&id.join("/"))).await
        }
        [] => server::welcome(request),
        ["_up"] => server::up(request),
        ["_session"] => sessions::answer(request),
        ["_all_dbs"] => server::all_dbs(request),
        ["_uuids"] => server::uuids(request),
        [name] if *name != DATABASE => database::other(request, name),
        [name, ..] if *name != DATABASE => Err(database::does_not_exist()),
        [_] => database::answer(request).await,
        [_, "_all_docs"] => all_docs::answer(request, all_docs::Which::All).await,
        [_, "_design_docs"] => all_docs::answer(request, all_docs::Which::Design).await,
        [_, "_changes"] => changes::answer(request).await,
        [_, "_bulk_docs"] => bulk::write(request).await,
        [_, "_bulk_get"] => bulk::read(request).await,
        [_, "_revs_diff"] => replication::revs_diff(request).await,
        [_, "_missing_revs"] => replication::missing_revs(request).await,
        [_, "_ensure_full_commit"] => database::ensure_full_commit(request),
        [_, "_security"] => database::security(request),
        [_, "_revs_limit"] => database::revs_limit(request),
        [_, "_compact", ..] | [_, "_view_cleanup"] => database::compact(request),
        [_, "_local", id] => local::answer(request, id).await,
        [_, "_local", ..] => Err(CouchError::bad_request("Invalid _local document id.")),
        [_, "_design", name] => documents::answer(request, &format!("_design/{name}")).await,
        [_, "_design", name, "_info"] => views::info(request, name),
        [_, "_design", design, "_view", view] => views::answer(request, design, view).await,
        [_, "_design", ..] => Err(CouchError::missing()),
        [_, id] if id.starts_with('_') => Err(CouchError::missing()),
        [_, id] => documents::answer(request, id).await,
        [_, _, ..] => Err(CouchError::not_found("Document is missing attachment")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_couchdb_reads_them() {
        for (raw, expected) in [
            ("/", &[][..]),
            ("/functions/", &["functions"]),
            ("/functions/a%2Fb+c&d=e", &["functions", "a/b c&d=e"]),
            ("/functions/%C3%A4%2B", &["functions", "ä+"]),
            (
                "/functions/_design%2Fx/_view/y",
                &["functions", "_design", "x", "_view", "y"],
            ),
            ("/functions/_local%2Fa%2Fb", &["functions", "_local", "a/b"]),
            ("/functions//x", &["functions", "", "x"]),
        ] {
            assert_eq!(path(raw), expected, "{raw}");
        }
    }
}
