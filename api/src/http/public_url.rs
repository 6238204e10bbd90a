//! This server's address from outside.

use actix_web::HttpRequest;

/// The beginning of this server's URLs.
pub(super) fn base_url(public_url: Option<&str>, http: &HttpRequest) -> String {
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let connection = http.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        }
    }
}
