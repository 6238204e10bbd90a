//! KAZOO's API: accounts, users, tokens, and the forms of requests and replies.

mod accounts;
mod contract;
mod conventions;
mod cross_account;
mod kazoo_sequence;
pub(super) mod logins;
mod openapi;
mod requests;
mod signed_tokens;
mod users;
