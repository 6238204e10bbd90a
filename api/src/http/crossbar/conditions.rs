//! `If-Match` and `If-None-Match`: the revision of a document that a client expects (RFC 9110, 13.1).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{ETag, EntityTag, Header, IfMatch, IfNoneMatch},
    },
};
use switchhook_store::Revision;

use crate::{
    functions::{Expected, Revisions},
    http::error::ApiError,
};

/// The conditions of a request.
pub(super) fn expected(http: &HttpRequest) -> Expected {
    let has = |name| http.headers().contains_key(name);
    // `If-Match` compares strongly, so weak tags do not count. `If-None-Match` compares weakly (RFC 9110, 8.8.3.2).
    let strong = |tag: EntityTag| (!tag.weak).then(|| tag.tag().to_owned());
    let any = |tag: EntityTag| Some(tag.tag().to_owned());
    let one_of = has(IfMatch::name()).then(|| match IfMatch::parse(http) {
        Ok(IfMatch::Any) => Revisions::Any,
        Ok(IfMatch::Items(tags)) => {
            Revisions::Listed(tags.into_iter().filter_map(strong).collect())
        }
        Err(_) => Revisions::Listed(Vec::new()),
    });
    let none_of = has(IfNoneMatch::name()).then(|| match IfNoneMatch::parse(http) {
        Ok(IfNoneMatch::Any) => Revisions::Any,
        Ok(IfNoneMatch::Items(tags)) => {
            Revisions::Listed(tags.into_iter().filter_map(any).collect())
        }
        Err(_) => Revisions::Listed(Vec::new()),
    });
    Expected { one_of, none_of }
}

/// The reply to a client that expects another revision, or knows the current one. `None` for others.
pub(super) fn answered(
    http: &HttpRequest,
    current: &Revision,
) -> Result<Option<HttpResponse>, ApiError> {
    let expected = expected(http);
    if !expected.is_one_of(current) {
        return Err(ApiError::bare(StatusCode::PRECONDITION_FAILED));
    }
    if expected.is_none_of(current) {
        return Ok(None);
    }
    let tag = EntityTag::new_strong(current.as_str().to_owned());
    let mut reply = HttpResponse::NotModified();
    Ok(Some(reply.insert_header(ETag(tag)).finish()))
}

/// Fails if a write expects another revision.
pub(super) fn expect(http: &HttpRequest, current: &Revision) -> Result<(), ApiError> {
    Ok(expected(http).check(current)?)
}

/// Fails if a write expects a revision of something that does not exist yet.
pub(super) fn expect_new(http: &HttpRequest) -> Result<(), ApiError> {
    Ok(expected(http).check_new()?)
}
