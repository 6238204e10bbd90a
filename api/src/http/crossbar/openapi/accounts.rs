//! Types of requests and replies about accounts, users and logins, for the description.
#![expect(dead_code, reason = "these are described, not made")]
#![expect(unused_qualifications, reason = "the derived code has them")]

use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, PartialSchema, ToSchema, openapi};

use super::schemas::{Tokens, described};
use crate::accounts;

/// An account's document, with the schema that requests are checked against.
pub(in crate::http) struct Account;

impl PartialSchema for Account {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        described(accounts::account_schema())
    }
}

impl ToSchema for Account {
    fn name() -> std::borrow::Cow<'static, str> {
        "Account".into()
    }
}

/// A user's document, with the schema that requests are checked against.
pub(in crate::http) struct User;

impl PartialSchema for User {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        described(accounts::user_schema())
    }
}

impl ToSchema for User {
    fn name() -> std::borrow::Cow<'static, str> {
        "User".into()
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::http) struct UserPath {
    /// An account's id: 32 hexadecimal digits
    pub(in crate::http) account: String,
    /// A user's id
    pub(in crate::http) user: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct SearchQuery {
    /// What to search: `account`
    t: String,
    /// The field to compare: `name`, `realm` or `id`
    q: String,
    /// The beginning of that field
    v: String,
}

#[derive(ToSchema)]
pub(in crate::http) struct Child {
    id: String,
    name: String,
    realm: String,
    descendants_count: u32,
    flags: Vec<Value>,
}

#[derive(ToSchema)]
pub(in crate::http) struct Descendant {
    id: String,
    name: String,
    realm: String,
    /// Ids of all ancestors, the highest first
    tree: Vec<String>,
    flags: Vec<Value>,
}

#[derive(ToSchema)]
pub(in crate::http) struct Ancestor {
    id: String,
    name: String,
    realm: String,
    flags: Vec<Value>,
}

/// An account that a search found.
#[derive(ToSchema)]
pub(in crate::http) struct Found {
    id: String,
    descendants_count: u32,
    name: String,
    realm: String,
}

#[derive(ToSchema)]
pub(in crate::http) struct AccountKey {
    #[schema(min_length = 64, max_length = 64)]
    api_key: String,
}

#[derive(ToSchema)]
pub(in crate::http) struct KeyLogin {
    #[schema(min_length = 64, max_length = 64)]
    api_key: String,
}

#[derive(ToSchema)]
pub(in crate::http) struct UserLogin {
    /// MD5 or SHA-1 of `username:password`, in hexadecimal digits
    #[schema(min_length = 1, max_length = 64)]
    credentials: String,
    /// `md5` (the default) or `sha`
    method: Option<String>,
    account_name: Option<String>,
    account_realm: Option<String>,
}

/// The bearer of a token.
#[derive(ToSchema)]
pub(in crate::http) struct Session {
    account_id: String,
    account_name: String,
    /// The user, if a user has logged in
    owner_id: Option<String>,
    reseller_id: String,
    is_reseller: bool,
    is_master_account: bool,
    cluster_id: String,
    language: String,
    #[schema(value_type = Vec<Object>)]
    apps: Vec<Value>,
    #[schema(value_type = Object)]
    capabilities: Value,
    #[schema(value_type = Object)]
    ui_config: Value,
}

/// A reply without data.
#[derive(ToSchema)]
pub(in crate::http) struct Done {
    #[schema(pattern = "^success$")]
    status: String,
    request_id: String,
    #[schema(min_length = 22, max_length = 22)]
    node: String,
    #[schema(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    timestamp: String,
    tokens: Tokens,
}
