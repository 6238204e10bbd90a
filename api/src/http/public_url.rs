//! This server's address, seen from outside.

use actix_web::HttpRequest;

/// How addresses of this server begin, from outside.
pub(super) fn base_url(public_url: Option<&str>, http: &HttpRequest) -> String {
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let connection = http.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        }
    }
}
