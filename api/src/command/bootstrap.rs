use std::process::ExitCode;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Map;
use switchhook_runtime::Digest;
use switchhook_store::{
    ApiKey, NewAccount, Store, StoreError, Token,
    ids::{random_id, random_secret},
};

use super::{database_argument::DatabaseArgument, terminal::say_json};
use crate::accounts::random_realm;

#[derive(clap::Args)]
#[command(mut_arg("database", |it| it.required(true).help(
    "The SQLite file, which is created if it is missing, or the address of a PostgreSQL database"
)))]
pub(crate) struct Bootstrap {
    #[command(flatten)]
    database: DatabaseArgument,
}

/// The master account with its secrets, which are never shown again.
#[derive(Serialize)]
pub(super) struct Credentials {
    pub(super) account_id: String,
    api_key: String,
    pub(super) auth_token: String,
}

impl Bootstrap {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let location = self.database.location.context("no database is named")?;
        let store = Store::open(&location)?;
        let credentials = create_master_account(&store).await?;
        say_json(&serde_json::to_string(&credentials)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Creates the master account and a first token.
pub(super) async fn create_master_account(store: &Store) -> Result<Credentials, StoreError> {
    let credentials = Credentials {
        account_id: random_id(),
        api_key: random_secret(),
        auth_token: random_secret(),
    };
    let mut document = Map::new();
    document.insert("name".into(), "master".into());
    document.insert("realm".into(), random_realm().into());
    let api_key = ApiKey {
        hash: Digest::of(credentials.api_key.as_bytes()),
        // No configuration is read here, so no key for secrets is known. The server can make a new API key later.
        sealed: None,
    };
    let account = NewAccount {
        id: credentials.account_id.clone(),
        enabled: true,
        document,
        api_key,
    };
    store.create_master_account(account).await?;
    let token = Token::everlasting(credentials.account_id.clone());
    let hash = Digest::of(credentials.auth_token.as_bytes());
    store.add_token(hash, token).await?;
    Ok(credentials)
}
