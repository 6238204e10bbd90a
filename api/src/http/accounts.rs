//! `/v2/accounts/{account}`: what an account's owner sets for all its functions (KAZOO `cb_accounts.erl`).

use actix_web::{HttpResponse, http::StatusCode, web};
use serde_json::Value;

use super::{context::RequestContext, envelope::Extras, error::ApiError};
use crate::{
    functions::{self, FunctionsError},
    store::Account,
};

pub(super) async fn read(mut context: RequestContext, id: web::Path<String>) -> HttpResponse {
    let read = async {
        context.authorize(&id).await?;
        let account = find(&context, &id).await?;
        Ok(context.envelope(StatusCode::OK, &public(account), &Extras::default()))
    }
    .await;
    context.reply(read)
}

/// Merges into the account's document, as for functions. `name` and `timezone` have a meaning here; the rest is kept.
pub(super) async fn patch(
    mut context: RequestContext,
    id: web::Path<String>,
    payload: web::Payload,
) -> HttpResponse {
    let changed = async {
        let data = context.object(payload).await?;
        context.authorize(&id).await?;
        let mut account = find(&context, &id).await?;
        let (changes, _) = functions::from_request(data);
        functions::merge(&mut account.document, changes);
        functions::validate_account(&account.document).map_err(FunctionsError::Invalid)?;
        let shared = context.shared();
        shared.store.update_account(account.clone()).await?;
        shared.functions.account_written();
        Ok(context.envelope(StatusCode::OK, &public(account), &Extras::default()))
    }
    .await;
    context.reply(changed)
}

async fn find(context: &RequestContext, id: &str) -> Result<Account, ApiError> {
    let account = context.shared().store.account(id.to_owned()).await?;
    account.ok_or_else(|| ApiError::bad_identifier(id))
}

fn public(account: Account) -> Value {
    let mut document = account.document;
    document.insert("id".into(), account.id.into());
    Value::Object(document)
}
