//! `_local/…`: documents that are not replicated. Replicators store their progress in them.

use actix_web::{
    HttpResponse,
    http::{Method, StatusCode},
};
use serde_json::json;

use super::{error::CouchError, request::Request};

/// The revision that CouchDB reports for a deleted local document.
const DELETED: &str = "0-0";

pub(super) async fn answer(request: &Request, id: &str) -> Result<HttpResponse, CouchError> {
    let database = request.database();
    let written = |status, revision: &str| {
        let body = json!({"ok": true, "id": format!("_local/{id}"), "rev": revision});
        request.json(status, &body)
    };
    if id.is_empty() {
        return Err(CouchError::bad_request("Invalid _local document id."));
    }
    match request.method() {
        Method::GET => {
            let document = database.local(id).await?;
            let document = document.ok_or_else(CouchError::missing)?;
            Ok(request.json(StatusCode::OK, &document))
        }
        Method::PUT => {
            let revision = database.save_local(id, request.body_as()?).await?;
            Ok(written(StatusCode::CREATED, &revision))
        }
        Method::DELETE if database.delete_local(id).await? => Ok(written(StatusCode::OK, DELETED)),
        Method::DELETE => Err(CouchError::missing()),
        _ => Err(CouchError::method_not_allowed("DELETE,GET,HEAD,PUT")),
    }
}
