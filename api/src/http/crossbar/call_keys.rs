//! `…/functions/{function}/key`: a function's addresses for call routers.

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::{
    envelope::Extras,
    openapi::{FunctionPath, ReadingRefused, Reply, WritingRefused},
    request::Authorized,
};
use crate::http::{
    error::ApiError,
    public_url::base_url,
    routers::{self, Door},
};

/// A function's key, and its addresses for call routers.
#[derive(Serialize, ToSchema)]
pub(super) struct CallKey {
    key: String,
    urls: Urls,
    /// By router, what its operator enters in place of the bare address, where the address is part of something larger
    settings: BTreeMap<&'static str, String>,
}

/// Addresses by router.
struct Urls(Vec<(&'static str, String)>);

impl Serialize for Urls {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(router, url)| (router, url)))
    }
}

impl PartialSchema for Urls {
    fn schema() -> RefOr<Schema> {
        let url = |door: &Door| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(door.address_is_for))
        };
        let urls = ObjectBuilder::new().description(Some("Where call routers call it."));
        let urls = routers::DOORS.iter().fold(urls, |urls, door| {
            urls.property(door.name, url(door)).required(door.name)
        });
        urls.into()
    }
}

impl ToSchema for Urls {
    fn name() -> Cow<'static, str> {
        "Urls".into()
    }
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}/key",
    tag = "calling",
    summary = "What call routers call a function with",
    params(FunctionPath),
    responses((status = 200, description = "The key, and addresses with it", body = Reply<CallKey>), ReadingRefused),
)]
pub(super) async fn read(
    request: Authorized,
    http: HttpRequest,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let key = request.shared().functions.call_key(account, id).await?;
    Ok(reply(&request, &http, StatusCode::OK, id, key))
}

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/functions/{function}/key",
    tag = "calling",
    summary = "Give a function another key",
    params(FunctionPath),
    responses((status = 201, description = "The new key; the one before opens nothing any more", body = Reply<CallKey>), WritingRefused),
)]
pub(super) async fn renew(
    request: Authorized,
    http: HttpRequest,
    path: web::Path<FunctionPath>,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let functions = &request.shared().functions;
    let key = functions.renew_call_key(account, id).await?;
    Ok(reply(&request, &http, StatusCode::CREATED, id, key))
}

fn reply(
    request: &Authorized,
    http: &HttpRequest,
    status: StatusCode,
    id: &str,
    key: String,
) -> HttpResponse {
    let base = base_url(request.shared().public_url.as_deref(), http);
    let account = &request.account().id;
    let url = |door: &Door| {
        let router = door.name;
        (router, format!("{base}/{router}/{account}/{id}?key={key}"))
    };
    let urls: Vec<_> = routers::DOORS.iter().map(url).collect();
    let doors = routers::DOORS.iter().zip(&urls);
    let settings = doors
        .filter_map(|(door, (router, url))| Some((*router, (door.setting)(url)?)))
        .collect();
    let urls = Urls(urls);
    let opened = CallKey {
        key,
        urls,
        settings,
    };
    request.reply(status, &opened, &Extras::default())
}
