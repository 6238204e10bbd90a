//! Language packs, for the owner of the master account.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use serde::Serialize;
use switchhook_compiler::Refused;
use utoipa::ToSchema;

use super::{
    envelope::Extras,
    openapi::{Reply, WritingRefused},
    request::{Authorized, Request},
};
use crate::{functions, http::error::ApiError};

/// The changes that reading the folder of language packs has found. Packs are named `id@version`.
#[derive(Serialize, ToSchema)]
struct Reloaded {
    added: Vec<String>,
    /// Packs with the same version and different contents.
    changed: Vec<String>,
    removed: Vec<String>,
    refused: Vec<RefusedPack>,
}

/// A pack that cannot be used. If its earlier contents were good, functions still run on those.
#[derive(Serialize, ToSchema)]
struct RefusedPack {
    /// The name of the pack's file or folder.
    name: String,
    message: String,
}

impl From<functions::Reloaded> for Reloaded {
    fn from(reloaded: functions::Reloaded) -> Self {
        let refused = |refused: &Refused| RefusedPack {
            name: refused.name().into_owned(),
            message: refused.reason(),
        };
        Self {
            refused: reloaded.refused.iter().map(refused).collect(),
            added: reloaded.added,
            changed: reloaded.changed,
            removed: reloaded.removed,
        }
    }
}

/// Reads the folder of language packs again, like SIGHUP. Only the master account may request it.
#[utoipa::path(
    post,
    path = "/v2/functions/packs/reload",
    tag = "catalogue",
    summary = "Read the folder of language packs again",
    responses((status = 200, description = "What changed", body = Reply<Reloaded>), WritingRefused),
)]
pub(super) async fn reload(request: Request, http: HttpRequest) -> Result<HttpResponse, ApiError> {
    let own = request.known_actor()?.account_id.clone();
    let request = Authorized::check(request, &http, &own).await?;
    if !request.account().is_master() {
        return Err(ApiError::forbidden());
    }
    let reloaded = Reloaded::from(request.shared().reloads.ask().await?);
    Ok(request.reply(StatusCode::OK, &reloaded, &Extras::default()))
}
