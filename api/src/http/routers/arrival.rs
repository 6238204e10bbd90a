//! Data about a router's request that is known before its handler runs.

use std::{future::Ready, net::IpAddr};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use crate::http::error::ApiError;

/// Data that `crossbar/front.rs`, which sees every request first, leaves for the router's handler.
#[derive(Clone)]
pub(in crate::http) struct Arrival {
    /// The request's id, from the router or from this server.
    pub(in crate::http) id: String,
    pub(in crate::http) peer: Option<IpAddr>,
}

impl FromRequest for Arrival {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Self>().cloned();
        std::future::ready(found.ok_or_else(|| ApiError::internal("nobody saw the request arrive")))
    }
}
