//! Lists, page by page (KAZOO `crossbar_view.erl`).

use actix_web::{HttpResponse, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::json;
use switchhook_runtime::Digest;

use super::{envelope::Extras, error::ApiError, request::Request};

/// KAZOO's `pagination_page_size`.
const DEFAULT_PAGE_SIZE: usize = 50;

/// Which part of a list is asked for, and in which order.
pub(super) struct Paging<'a> {
    /// A key that an earlier page ended with.
    pub(super) start_key: Option<&'a str>,
    /// Rows at most.
    pub(super) page_size: usize,
    /// `descending=false` means nothing in KAZOO, and so it does here.
    pub(super) ascending: bool,
    /// Whether the reply says where it starts and how to go on.
    pub(super) paginate: bool,
}

impl<'a> Paging<'a> {
    pub(super) fn of(request: &'a Request) -> Result<Self, ApiError> {
        let page_size = match request.control("page_size") {
            None => DEFAULT_PAGE_SIZE,
            Some(text) => match text.parse::<i64>() {
                Ok(size) if size < 1 => {
                    return Err(ApiError::faulty_request("page size must be at least 1"));
                }
                Ok(size) => usize::try_from(size).unwrap_or(usize::MAX),
                Err(_) => return Err(ApiError::faulty_request("invalid page size")),
            },
        };
        let paginate = request.control("paginate") != Some("false");
        Ok(Self {
            start_key: request.control("start_key"),
            page_size: if paginate { page_size } else { usize::MAX },
            ascending: request.control("ascending") == Some("true"),
            paginate,
        })
    }

    /// The rows of one page. `start_key` is where it starts, `next` where the one after it does, if there is one.
    pub(super) fn reply<T: Serialize>(
        &self,
        request: &Request,
        rows: &[T],
        start_key: &str,
        next: Option<&str>,
    ) -> HttpResponse {
        let revision = revision(rows);
        let mut extras = Extras {
            revision: revision.as_deref(),
            ..Extras::default()
        };
        if self.paginate {
            extras.page_size = Some(rows.len());
            extras.start_key = Some(start_key);
            extras.next_start_key = next;
        }
        request.reply(StatusCode::OK, &rows, &extras)
    }
}

/// All of a short list.
pub(super) fn whole<T: Serialize>(request: &Request, rows: &[T]) -> HttpResponse {
    let revision = revision(rows);
    let extras = Extras {
        page_size: Some(rows.len()),
        revision: revision.as_deref(),
        ..Extras::default()
    };
    request.reply(StatusCode::OK, &rows, &extras)
}

/// Changes with the rows: 32 hexadecimal digits. An empty list has none (KAZOO `crossbar_doc.erl`).
fn revision<T: Serialize>(rows: &[T]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let text = serde_json::to_vec(rows).unwrap_or_default();
    Some(Digest::of(&text).to_string()[..32].to_owned())
}

/// A key of two parts: what a list is sorted by, and an id. Opaque to clients. It names no account whose list it is, so
/// it cannot lead into another one.
pub(super) fn key_of_pair((sorted_by, id): (&String, &String)) -> String {
    URL_SAFE_NO_PAD.encode(json!([sorted_by, id]).to_string())
}

/// What is no key is taken as what a list is sorted by.
pub(super) fn pair_of_key(key: &str) -> Option<(String, String)> {
    let decoded = URL_SAFE_NO_PAD.decode(key).ok();
    let pair = decoded.and_then(|json| serde_json::from_slice(&json).ok());
    pair.or_else(|| (!key.is_empty()).then(|| (key.to_owned(), String::new())))
}
