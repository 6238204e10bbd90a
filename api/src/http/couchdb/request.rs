//! Requests of a user, and the form of replies.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap},
    },
    web::{self, Bytes},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{CouchDb, Database, error::CouchError, parameters::Parameters};
use crate::{
    http::{
        bodies,
        budget::{NoMemory, Share},
        content,
    },
    validation::tree,
};

/// A request as handlers get it.
pub(super) struct Request {
    couchdb: web::Data<CouchDb>,
    http: HttpRequest,
    id: String,
    user: Option<Arc<str>>,
    body: Bytes,
    /// Memory for the body and for what it is parsed into.
    share: Share,
}

impl Request {
    pub(super) fn new(
        couchdb: web::Data<CouchDb>,
        http: HttpRequest,
        id: String,
        user: Option<Arc<str>>,
        (body, share): (Bytes, Share),
    ) -> Self {
        Self {
            couchdb,
            http,
            id,
            user,
            body,
            share,
        }
    }

    pub(super) fn couchdb(&self) -> &web::Data<CouchDb> {
        &self.couchdb
    }

    pub(super) fn database(&self) -> &Database {
        &self.couchdb.database
    }

    /// The method. HEAD becomes GET, and the reply is sent without its body.
    pub(super) fn method(&self) -> Method {
        match *self.http.method() {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.http.headers()
    }

    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The query as it was sent.
    pub(super) fn query_string(&self) -> &str {
        self.http.query_string()
    }

    pub(super) fn parameters(&self) -> Parameters {
        Parameters::new(self.query_string())
    }

    /// The parameters of the query and of the JSON body, if there is one.
    pub(super) fn parameters_and_body(&self) -> Result<Parameters, CouchError> {
        let parameters = self.parameters();
        if self.http.method() != Method::POST || self.body.is_empty() {
            return Ok(parameters);
        }
        Ok(parameters.with(self.json_body()?))
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body of a request that says that it is JSON. Pages of other sites cannot send this content type.
    pub(super) fn json_body<T: DeserializeOwned>(&self) -> Result<T, CouchError> {
        self.expect_json()?;
        self.body_as()
    }

    pub(super) fn expect_json(&self) -> Result<(), CouchError> {
        match content::essence(self.headers()).as_str() {
            "application/json" => Ok(()),
            _ => Err(CouchError::content_type(
                "Content-Type must be application/json",
            )),
        }
    }

    pub(super) fn body_as<T: DeserializeOwned>(&self) -> Result<T, CouchError> {
        if self.body.len() > bodies::MAX_OBJECT_BYTES {
            return Err(CouchError::too_large());
        }
        let weight = tree::weigh(&self.body, tree::MAX_REQUEST_VALUES);
        self.share
            .grow(weight.ok_or_else(CouchError::too_large)?.bytes)?;
        serde_json::from_slice(&self.body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                CouchError::bad_request("Request body must be a JSON object")
            }
            _ => CouchError::not_json(),
        })
    }

    /// Memory for a part of the body that will be parsed. `None` if it has too many values.
    pub(super) fn weighed(&self, json: &[u8]) -> Result<Option<Share>, NoMemory> {
        let Some(weight) = tree::weigh(json, tree::MAX_REQUEST_VALUES) else {
            return Ok(None);
        };
        let share = self.share.beside();
        share.grow(weight.bytes)?;
        Ok(Some(share))
    }

    pub(super) fn json(&self, status: StatusCode, body: &impl Serialize) -> HttpResponse {
        match serde_json::to_string(body) {
            Ok(mut text) => {
                text.push('\n');
                HttpResponse::build(status)
                    .insert_header((header::CONTENT_TYPE, "application/json"))
                    .insert_header((header::CACHE_CONTROL, "must-revalidate"))
                    .body(text)
            }
            Err(error) => CouchError::internal(&error.to_string()).reply(),
        }
    }

    /// The path of a document.
    pub(super) fn location(&self, id: &str) -> String {
        let connection = self.http.connection_info();
        let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        format!(
            "{}://{}/{}/{id}",
            connection.scheme(),
            connection.host(),
            super::DATABASE
        )
    }
}
