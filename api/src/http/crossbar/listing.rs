//! Lists, page by page (KAZOO `crossbar_view.erl`).

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{HttpResponse, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{
    json,
    value::{RawValue, to_raw_value},
};
use switchhook_runtime::Digest;

use super::{envelope::Extras, request::Request};
use crate::http::{
    LOW_PRIORITY,
    budget::{NoMemory, Share},
    error::ApiError,
};

/// KAZOO's `pagination_page_size`.
const DEFAULT_PAGE_SIZE: usize = 50;

/// The requested part of a list, and its order.
pub(super) struct Paging<'a> {
    /// The `next_start_key` of an earlier page.
    pub(super) start_key: Option<&'a str>,
    /// The largest number of rows.
    pub(super) page_size: usize,
    /// `descending=false` means nothing in KAZOO, and so it does here.
    pub(super) ascending: bool,
    /// Whether the reply contains its own start key and the next one.
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

    /// The reply with one page. The page starts at `start_key`, and the next page, if any, at `next`.
    ///
    /// # Errors
    /// If the client asked for all rows at once, and the rows do not fit on one page.
    pub(super) async fn reply<T: Serialize + Send + 'static>(
        &self,
        request: &Request,
        rows: Vec<T>,
        start_key: &str,
        next: Option<&str>,
    ) -> Result<HttpResponse, ApiError> {
        if next.is_some() && !self.paginate {
            return Err(ApiError::faulty_request(
                "too much for one reply: ask for pages",
            ));
        }
        let count = rows.len();
        let (rows, revision) = joined(rows).await?;
        let mut extras = Extras {
            revision: revision.as_deref(),
            ..Extras::default()
        };
        if self.paginate {
            extras.page_size = Some(count);
            extras.start_key = Some(start_key);
            extras.next_start_key = next;
        }
        Ok(request.reply(StatusCode::OK, &rows, &extras))
    }
}

/// Most rows that the worker itself joins. Each can have hundreds of kilobytes.
const JOINED_AT_ONCE: usize = 8;

/// All rows as one text, and its revision. Many rows are joined on the thread of low priority.
async fn joined<T: Serialize + Send + 'static>(
    rows: Vec<T>,
) -> Result<(Box<RawValue>, Option<String>), ApiError> {
    let few = rows.len() <= JOINED_AT_ONCE;
    let join = move || {
        let text = to_raw_value(&rows)?;
        let revision = (!rows.is_empty()).then(|| revision(text.get()));
        Ok((text, revision))
    };
    let joined: serde_json::Result<_> = if few {
        join()
    } else {
        LOW_PRIORITY.work(join).await
    };
    joined.map_err(|error| ApiError::internal(&error.to_string()))
}

/// Makes rows of a list. A row becomes text at once, so the values of only one document are in memory at a time.
pub(super) struct RowTexts {
    share: Share,
    /// Whether there was no memory for a row. If so, the list cannot be sent.
    is_full: AtomicBool,
}

impl RowTexts {
    /// Counts the rows in the memory for the request's reply.
    pub(super) fn of(request: &Request) -> Self {
        Self {
            share: request.shared().replies.share(request.reply_holder()),
            is_full: AtomicBool::new(false),
        }
    }

    /// # Errors
    /// [`NoMemory`] if the replies of the caller's account, or of all accounts, take too much memory already.
    pub(super) fn row(&self, row: &impl Serialize) -> Result<Box<RawValue>, NoMemory> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(NoMemory);
        }
        let text = to_raw_value(row).expect("values of JSON have a text");
        let grown = self.share.grow(text.get().len());
        self.is_full.store(grown.is_err(), Ordering::Relaxed);
        grown.map(|()| text)
    }
}

/// The reply with all rows of a short list.
pub(super) fn whole<T: Serialize>(request: &Request, rows: &[T]) -> HttpResponse {
    let text = serde_json::to_string(rows).unwrap_or_default();
    let revision = (!rows.is_empty()).then(|| revision(&text));
    let extras = Extras {
        page_size: Some(rows.len()),
        revision: revision.as_deref(),
        ..Extras::default()
    };
    request.reply(StatusCode::OK, &rows, &extras)
}

/// The revision of a list, 32 hexadecimal digits, which changes with the rows. An empty list has none (KAZOO
/// `crossbar_doc.erl`).
fn revision(rows: &str) -> String {
    Digest::of(rows.as_bytes()).to_string()[..32].to_owned()
}

/// A key of two parts: the value by which a list is sorted, and an id. The key is opaque to clients. It names no
/// account, so it cannot lead into another account's list.
pub(super) fn key_of_pair((sorted_by, id): (&String, &String)) -> String {
    URL_SAFE_NO_PAD.encode(json!([sorted_by, id]).to_string())
}

/// Reads a key. A text that is not a key is a value by which the list is sorted.
pub(super) fn pair_of_key(key: &str) -> Option<(String, String)> {
    let decoded = URL_SAFE_NO_PAD.decode(key).ok();
    let pair = decoded.and_then(|json| serde_json::from_slice(&json).ok());
    pair.or_else(|| (!key.is_empty()).then(|| (key.to_owned(), String::new())))
}
