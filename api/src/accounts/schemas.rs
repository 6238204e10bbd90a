//! What documents of accounts and users, and logins, must look like (KAZOO `accounts.json`, `users.json`,
//! `api_auth.json`, `user_auth.json`: the parts that have a meaning here).

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

/// What an account's document must be.
pub(crate) fn account_schema() -> &'static Value {
    ACCOUNT.json()
}

/// What a user's document must be.
pub(crate) fn user_schema() -> &'static Value {
    USER.json()
}

/// Fills in defaults and checks.
pub(super) fn validate_account(document: &mut PublicDocument) -> Result<(), Invalid> {
    validate_size(document.iter())?;
    ACCOUNT.check(document)?;
    validate_time_zone(document)
}

/// Fills in defaults and checks.
pub(super) fn validate_user(document: &mut PublicDocument) -> Result<(), Invalid> {
    validate_size(document.iter())?;
    USER.check(document)?;
    validate_time_zone(document)
}

/// Checks a login with an API key.
pub(super) fn validate_api_auth(document: &mut PublicDocument) -> Result<(), Invalid> {
    API_AUTH.check(document)
}

/// Fills in the default of a login of a user and checks.
pub(super) fn validate_user_auth(document: &mut PublicDocument) -> Result<(), Invalid> {
    USER_AUTH.check(document)
}

/// Somebody else has these values (KAZOO `kzd_accounts.erl`, `kzd_users.erl`).
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

/// Logins of accounts that are switched off (KAZOO `cb_user_auth.erl`).
pub(super) fn account_disabled() -> Invalid {
    Problem {
        field: "account".into(),
        code: "disabled",
        details: json!({"message": "account disabled"}),
    }
    .into()
}

/// A field that must come with another one.
pub(super) fn required_with(field: &str, message: &str) -> Invalid {
    Problem {
        field: field.into(),
        code: "required",
        details: json!({"message": message}),
    }
    .into()
}
