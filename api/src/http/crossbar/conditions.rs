//! `If-Match` and `If-None-Match`: which revision of a document a client expects (RFC 9110, 13.1).

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

/// The revisions that the request expects of its document.
pub(super) fn expected(http: &HttpRequest) -> Expected {
    let has = |name| http.headers().contains_key(name);
    // A tag that is only weakly the same is not the same revision; for the other header it is (RFC 9110, 8.8.3.2).
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

/// The answer to a client that expects something else, or knows this revision already.
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

/// Fails if a client that writes expects another revision.
pub(super) fn expect(http: &HttpRequest, current: &Revision) -> Result<(), ApiError> {
    Ok(expected(http).check(current)?)
}

/// Fails if a client expects any revision of what is new.
pub(super) fn expect_new(http: &HttpRequest) -> Result<(), ApiError> {
    Ok(expected(http).check_new()?)
}
