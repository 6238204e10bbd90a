//! `/v2/accounts/{account}/children` and other lists of accounts (KAZOO `cb_accounts.erl`, `cb_search.erl`).

use actix_web::HttpResponse;
use serde_json::{Value, json};
use switchhook_store::{Account, AccountPage, AccountRow, Below, SearchBy};

use super::{
    listing::{self, Paging, RowTexts, key_of_pair, pair_of_key},
    openapi::{
        AccountPath, Ancestor, Child, Descendant, Found, List, PagingQuery, ReadingRefused,
        SearchQuery,
    },
    request::{Authorized, Request},
};
use crate::{
    accounts::{ListedAccount, child_row, descendant_row, found_row, tree_row},
    http::error::ApiError,
};

/// The fields that a search can compare, by KAZOO's names.
const SEARCHED: [(&str, SearchBy); 3] = [
    ("id", SearchBy::Id),
    ("name", SearchBy::Name),
    ("realm", SearchBy::Realm),
];

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/children",
    tag = "accounts",
    summary = "List children",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By name", body = List<Child>), ReadingRefused),
)]
pub(super) async fn children(request: Authorized) -> Result<HttpResponse, ApiError> {
    below(&request, request.account(), Below::Children, child_row).await
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/descendants",
    tag = "accounts",
    summary = "List descendants",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By name", body = List<Descendant>), ReadingRefused),
)]
pub(super) async fn descendants(request: Authorized) -> Result<HttpResponse, ApiError> {
    below(
        &request,
        request.account(),
        Below::Descendants,
        descendant_row,
    )
    .await
}

/// The children of the account's parent, with the account itself. Only accounts above it may list them (KAZOO
/// `load_siblings/2`).
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/siblings",
    tag = "accounts",
    summary = "List the children of the parent",
    params(AccountPath, PagingQuery),
    responses((status = 200, description = "By name", body = List<Child>), ReadingRefused),
)]
pub(super) async fn siblings(request: Authorized) -> Result<HttpResponse, ApiError> {
    let account = request.account();
    let Some(parent) = account.tree.last() else {
        return Err(ApiError::bad_identifier(&account.id));
    };
    if request.actor().account_id == account.id {
        return Err(ApiError::forbidden());
    }
    let parent = request.shared().identity.account(parent).await?;
    below(&request, &parent, Below::Children, child_row).await
}

async fn below(
    request: &Request,
    account: &Account,
    below: Below,
    row: fn(&AccountRow) -> ListedAccount,
) -> Result<HttpResponse, ApiError> {
    let paging = Paging::of(request)?;
    let start = paging.start_key.and_then(pair_of_key);
    let accounts = &request.shared().accounts;
    let page = accounts
        .below(account, below, start, paging.page_size)
        .await?;
    listed(request, &paging, &page, row).await
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/parents",
    tag = "accounts",
    summary = "List ancestors, as `tree` does",
    params(AccountPath),
    responses((status = 200, description = "Those that the caller may see, the highest first", body = List<Ancestor>), ReadingRefused),
)]
pub(super) async fn parents(request: Authorized) -> Result<HttpResponse, ApiError> {
    tree(request).await
}

/// The account's ancestors that the caller may see, the highest first.
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/tree",
    tag = "accounts",
    summary = "List ancestors",
    params(AccountPath),
    responses((status = 200, description = "Those that the caller may see, the highest first", body = List<Ancestor>), ReadingRefused),
)]
pub(super) async fn tree(request: Authorized) -> Result<HttpResponse, ApiError> {
    let accounts = &request.shared().accounts;
    let rows = accounts.tree(request.actor(), request.account()).await?;
    let rows: Vec<_> = rows.iter().map(tree_row).collect();
    Ok(listing::whole(&request, &rows))
}

#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/search",
    tag = "accounts",
    summary = "Search accounts below one",
    params(AccountPath, SearchQuery, PagingQuery),
    responses((status = 200, description = "By name", body = List<Found>), ReadingRefused),
)]
pub(super) async fn search(request: Authorized) -> Result<HttpResponse, ApiError> {
    search_below(&request, request.account()).await
}

/// Searches the accounts below the caller's account.
#[utoipa::path(
    get,
    path = "/v2/search",
    tag = "accounts",
    summary = "Search accounts below the own one",
    params(SearchQuery, PagingQuery),
    responses((status = 200, description = "By name", body = List<Found>), ReadingRefused),
)]
pub(super) async fn search_own(request: Request) -> Result<HttpResponse, ApiError> {
    let actor = request.known_actor()?;
    let account = request.shared().identity.account(&actor.account_id).await?;
    search_below(&request, &account).await
}

/// Runs a search: `?t=account&q=name&v=` and the beginning of a name.
async fn search_below(request: &Request, account: &Account) -> Result<HttpResponse, ApiError> {
    let needed = |name: &'static str, details: Value| {
        let value = request.control(name);
        value.ok_or_else(|| ApiError::problem(name, "required", details))
    };
    let targets = SEARCHED.map(|(name, _)| name);
    let kind = needed(
        "t",
        json!({"message": "Search needs a document type to search on"}),
    )?;
    if kind != "account" {
        return Err(not_listed("t", &["account"], kind));
    }
    let by = needed(
        "q",
        json!({"message": "Search needs a view to search in", "target": targets}),
    )?;
    let searched = SEARCHED.iter().find(|(name, _)| *name == by);
    let (_, by) = searched.ok_or_else(|| not_listed("q", &targets, by))?;
    let value = needed(
        "v",
        json!({"message": "Search needs a value to search with"}),
    )?;
    let paging = Paging::of(request)?;
    let start = paging.start_key.and_then(pair_of_key);
    let accounts = &request.shared().accounts;
    let page = accounts
        .search(account, *by, value, start, paging.page_size)
        .await?;
    listed(request, &paging, &page, found_row).await
}

fn not_listed(field: &str, target: &[&str], value: &str) -> ApiError {
    let message = "Value not found in enumerated list of values";
    let details = json!({"message": message, "target": target, "cause": value});
    ApiError::problem(field, "enum", details)
}

async fn listed(
    request: &Request,
    paging: &Paging<'_>,
    page: &AccountPage,
    row: fn(&AccountRow) -> ListedAccount,
) -> Result<HttpResponse, ApiError> {
    let texts = RowTexts::of(request);
    let rows = page.accounts.iter().map(|account| texts.row(&row(account)));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let start = page.accounts.first().map(|row| (&row.name, &row.id));
    let start = start.map(key_of_pair).unwrap_or_default();
    let next = page.next.as_ref().map(|(name, id)| key_of_pair((name, id)));
    paging.reply(request, rows, &start, next.as_deref()).await
}
