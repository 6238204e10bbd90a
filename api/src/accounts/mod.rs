//! Accounts, their users and their tokens as their owners see them. This folder knows no HTTP and no SQL.

mod api_keys;
mod documents;
mod identity;
mod jwt;
mod logins;
mod passwords;
mod schemas;
mod service;
mod users;

pub(crate) use documents::{
    ListedAccount, child_row, deleted_user, descendant_row, found_row, login_document,
    public_account, public_user, tree_row, user_row,
};
pub(crate) use identity::{Credential, Identity, IdentityError};
pub(crate) use jwt::JwtKey;
pub(crate) use logins::Login;
pub(crate) use schemas::{account_schema, user_schema};
pub(crate) use service::{Accounts, AccountsError, random_realm};
