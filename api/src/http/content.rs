//! The content type of a body, and the names and texts of queries and forms.

use actix_web::http::header::{self, HeaderMap};

/// The content type of a body, in lower case, without parameters. Empty if there is none.
pub(super) fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    let essence = text.unwrap_or_default().split(';').next();
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Names and values of a query or a form.
pub(super) fn pairs_of(encoded: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded.as_bytes())
        .into_owned()
        .collect()
}
