use std::{path::PathBuf, process::ExitCode};

use serde::Serialize;

use crate::{
    ids::{random_id, random_secret},
    store::{NewAccount, Store, StoreError},
};

#[derive(clap::Args)]
pub(crate) struct Bootstrap {
    /// The SQLite file; it is created if it is missing
    #[arg(long, value_name = "F")]
    database: PathBuf,
}

/// The master account, and the only time its secrets are shown.
#[derive(Serialize)]
pub(super) struct Credentials {
    pub(super) account_id: String,
    api_key: String,
    pub(super) auth_token: String,
}

impl Bootstrap {
    pub(super) async fn execute(self) -> anyhow::Result<ExitCode> {
        let store = Store::open(&self.database)?;
        let credentials = create_master_account(&store).await?;
        println!("{}", serde_json::to_string(&credentials)?);
        Ok(ExitCode::SUCCESS)
    }
}

/// Creates the account above all others, with a first token.
pub(super) async fn create_master_account(store: &Store) -> Result<Credentials, StoreError> {
    let credentials = Credentials {
        account_id: random_id(),
        api_key: random_secret(),
        auth_token: random_secret(),
    };
    store
        .create_master_account(NewAccount {
            id: credentials.account_id.clone(),
            name: "master".into(),
            api_key: credentials.api_key.clone(),
        })
        .await?;
    store
        .add_token(credentials.account_id.clone(), &credentials.auth_token)
        .await?;
    Ok(credentials)
}
