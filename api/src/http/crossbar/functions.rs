//! `/v2/accounts/{account}/functions`: create, list, read, replace, patch, delete (KAZOO `cb_functions.erl`).

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::Value;
use switchhook_store::{
    FIRST_ID, LAST_ID, Listing, Stored,
    document::{Change, PublicDocument, SOURCE},
};

use super::{
    conditions,
    envelope::Extras,
    filter::Filter,
    listing::{Paging, RowTexts},
    openapi::{
        AccountPath, FieldsQuery, FilterQuery, FreeForm, Function, FunctionPath, FunctionSummary,
        List, MessageQuery, PagingQuery, ReadingRefused, Reply, Wrapped, WritingRefused,
    },
    request::{Authorized, Request},
    start_key::{self, Start},
};
use crate::{functions, http::error::ApiError};

type Path = web::Path<FunctionPath>;

/// Most fields that a client can choose for a row: twice as many as a document of this API has.
const MAX_FIELDS: usize = 32;

#[utoipa::path(
    put,
    path = "/v2/accounts/{account}/functions",
    tag = "functions",
    summary = "Create a function",
    params(AccountPath, MessageQuery),
    request_body = Wrapped<Function>,
    responses((status = 201, description = "Compiled and stored; `Location` says where", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn create(
    request: Authorized,
    http: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let expected = conditions::expected(&http);
    let functions = &request.shared().functions;
    let account = &request.account().id;
    let data = match request.module() {
        Some(module) => module_document(&request, module)?,
        None => request.object().await?,
    };
    let created = functions.create(account, data, request.author()?, &expected);
    let stored = created.await?;
    let document = functions::public(&stored);
    Ok(request.created(&stored.id, &document, &Extras::of(&stored.revision)))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Read a function",
    params(FunctionPath),
    responses((status = 200, description = "The whole document", body = Reply<Function>), (status = 304, description = "It still has the revision of `If-None-Match`"), ReadingRefused),
)]
pub(super) async fn read(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let stored = request.shared().functions.get(account, id).await?;
    let answered = conditions::answered(&http, &stored.revision)?;
    Ok(answered.unwrap_or_else(|| one(&request, StatusCode::OK, &stored)))
}

#[utoipa::path(
    post,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Replace a function",
    params(FunctionPath, MessageQuery),
    request_body = Wrapped<Function>,
    responses((status = 200, description = "The new document", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn replace(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let Some(module) = request.module() else {
        let data = request.object().await?;
        return change(&request, &http, path, data, Change::Replace).await;
    };
    // A module contains no other fields, so the function keeps its other fields.
    let mut data = module_document(&request, module)?;
    data.insert(SOURCE.into(), Value::Null);
    change(&request, &http, path, data, Change::Merge).await
}

#[utoipa::path(
    patch,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Change a function",
    params(FunctionPath, MessageQuery),
    request_body = Wrapped<FreeForm>,
    responses((status = 200, description = "The whole document, changed", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn patch(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let data = request.object().await?;
    change(&request, &http, path, data, Change::Merge).await
}

async fn change(
    request: &Authorized,
    http: &HttpRequest,
    path: Path,
    data: PublicDocument,
    how: Change,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let expected = conditions::expected(http);
    let functions = &request.shared().functions;
    let stored = functions
        .change(account, id, data, how, request.author()?, &expected)
        .await?;
    Ok(one(request, StatusCode::OK, &stored))
}

/// The document for a request whose body is a module.
fn module_document(request: &Authorized, module: &[u8]) -> Result<PublicDocument, ApiError> {
    let functions = &request.shared().functions;
    let mut document = functions.module_document(&request.account().id, module)?;
    let name = request.query("name");
    document.extend(name.map(|name| ("name".to_owned(), name.into())));
    Ok(document)
}

#[utoipa::path(
    delete,
    path = "/v2/accounts/{account}/functions/{function}",
    tag = "functions",
    summary = "Delete a function",
    params(FunctionPath, MessageQuery),
    responses((status = 200, description = "The document as it was", body = Reply<Function>), WritingRefused),
)]
pub(super) async fn delete(
    request: Authorized,
    http: HttpRequest,
    path: Path,
) -> Result<HttpResponse, ApiError> {
    let (account, id) = (&request.account().id, &path.function);
    let expected = conditions::expected(&http);
    let soft = request.control("should_soft_delete") != Some("false");
    let functions = &request.shared().functions;
    let stored = functions
        .delete(account, id, soft, request.author()?, &expected)
        .await?;
    let document = functions::deleted(&stored);
    Ok(request.reply(StatusCode::OK, &document, &Extras::of(&stored.revision)))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions",
    tag = "functions",
    summary = "List functions",
    params(AccountPath, PagingQuery, FilterQuery, FieldsQuery),
    responses((status = 200, description = "By descending id", body = List<FunctionSummary>), ReadingRefused),
)]
pub(super) async fn list(request: Authorized) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(&request)?;
    let account = &request.account().id;
    let (first, first_key) = if paging.ascending {
        (FIRST_ID, start_key::encode_first_ascending(account))
    } else {
        (LAST_ID, start_key::encode_first(account))
    };
    let (start, key) = match paging.start_key.map(start_key::decode) {
        Some(Start::Id(id)) => {
            let key = start_key::encode(account, &id);
            (id, key)
        }
        Some(Start::First) | None => (first.to_owned(), first_key),
    };
    let listing = Listing {
        account_id: account.clone(),
        start,
        limit: paging.page_size,
        ascending: paging.ascending,
    };
    let filter = Filter::from_query(request.pairs())
        .ok_or_else(|| ApiError::faulty_request("too many filters"))?;
    let rows = RowTexts::of(&request);
    let fields = fields(&request)?;
    let row_of = move |stored: &Stored| {
        let created = Some(stored.created);
        let matches = filter.matches(&stored.document, created, Some(stored.modified));
        matches.then(|| match &fields {
            Some(fields) => rows.row(&functions::fields(stored, fields)),
            None => rows.row(&functions::summary(stored)),
        })
    };
    let page = request.shared().functions.list(listing, row_of).await?;
    let rows = page.rows.into_iter().collect::<Result<Vec<_>, _>>()?;
    let next = page.next.map(|id| start_key::encode(account, &id));
    paging.reply(&request, rows, &key, next.as_deref()).await
}

/// `fields=a,b`: the fields of the rows, beside the id.
fn fields(request: &Request) -> Result<Option<Vec<String>>, ApiError> {
    let Some(fields) = request.query("fields") else {
        return Ok(None);
    };
    let names = fields.split(',').map(str::trim);
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_FIELDS {
        return Err(ApiError::faulty_request("too many fields"));
    }
    Ok(Some(names.into_iter().map(str::to_owned).collect()))
}

/// The whole document.
pub(super) fn one(request: &Request, status: StatusCode, stored: &Stored) -> HttpResponse {
    request.reply(
        status,
        &functions::public(stored),
        &Extras::of(&stored.revision),
    )
}
