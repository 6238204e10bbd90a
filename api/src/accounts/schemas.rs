//! Schemas of accounts, users and logins (KAZOO `accounts.json`, `users.json`, `api_auth.json`, `user_auth.json`: the
//! parts that this server uses).

use std::sync::LazyLock;

use serde_json::{Value, json};
use switchhook_store::document::PublicDocument;

use crate::validation::{Invalid, Problem, Schema, validate_size, validate_time_zone};

static ACCOUNT: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("account.schema.json")));
static USER: LazyLock<Schema> = LazyLock::new(|| Schema::new(include_str!("user.schema.json")));
static API_AUTH: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("api_auth.schema.json")));
static USER_AUTH: LazyLock<Schema> =
    LazyLock::new(|| Schema::new(include_str!("user_auth.schema.json")));

/// The schema of an account's document.
pub(crate) fn account_schema() -> &'static Value {
    ACCOUNT.json()
}

/// The schema of a user's document.
pub(crate) fn user_schema() -> &'static Value {
    USER.json()
}

/// Adds defaults to an account's document and checks it.
pub(super) fn validate_account(document: &mut PublicDocument) -> Result<(), Invalid> {
    validate_size(document.iter())?;
    ACCOUNT.check(document)?;
    validate_time_zone(document)
}

/// Adds defaults to a user's document and checks it.
pub(super) fn validate_user(document: &mut PublicDocument) -> Result<(), Invalid> {
    validate_size(document.iter())?;
    USER.check(document)?;
    validate_time_zone(document)
}

/// Checks a login with an API key.
pub(super) fn validate_api_auth(document: &mut PublicDocument) -> Result<(), Invalid> {
    API_AUTH.check(document)
}

/// Adds the default to a user's login and checks it.
pub(super) fn validate_user_auth(document: &mut PublicDocument) -> Result<(), Invalid> {
    USER_AUTH.check(document)
}

/// The error for values that another account or user has (KAZOO `kzd_accounts.erl`, `kzd_users.erl`).
pub(super) fn not_unique(document: &PublicDocument, fields: &[&'static str]) -> Invalid {
    let problem = |field: &&'static str| Problem {
        field: (*field).into(),
        code: "unique",
        details: json!({
            "message": match *field {
                "name" => "Account name already in use",
                "realm" => "Account realm already in use",
                _ => "User name is not unique for this account",
            },
            "cause": document.get(*field),
        }),
    };
    fields.iter().map(problem).collect()
}

/// The error for a login to a disabled account (KAZOO `cb_user_auth.erl`).
pub(super) fn account_disabled() -> Invalid {
    Problem {
        field: "account".into(),
        code: "disabled",
        details: json!({"message": "account disabled"}),
    }
    .into()
}

/// The error for a missing field that another field requires.
pub(super) fn required_with(field: &str, message: &str) -> Invalid {
    Problem {
        field: field.into(),
        code: "required",
        details: json!({"message": message}),
    }
    .into()
}
