//! Languages, samples and types. Everybody may read them, like KAZOO's list of webhooks (`cb_functions.erl`,
//! `authorize/3`).

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;
use serde_json::value::RawValue;
use switchhook_compiler::LanguagePack;
use utoipa::ToSchema;

use super::{
    listing,
    openapi::{AccountPath, CallModule, List, ReadingRefused, Sample, SampleCall},
    request::Request,
};
use crate::{
    functions::declarations,
    http::{
        error::ApiError,
        routers::{DOORS, Door},
    },
};

/// A language that functions can be written in, in one of its versions.
#[derive(Serialize, ToSchema)]
struct Language<'a> {
    /// What functions say in `language_pack`; with `@` and the version, they mean this version.
    id: &'a str,
    version: String,
    name: &'a str,
    extensions: &'a [String],
    /// What editors call the language.
    #[serde(skip_serializing_if = "Option::is_none")]
    editor: Option<&'a str>,
    samples: Vec<LanguageSample<'a>>,
    licences: Vec<LanguageLicence<'a>>,
}

/// A function to start from.
#[derive(Serialize, ToSchema)]
struct LanguageSample<'a> {
    name: &'a str,
    function_js: &'a str,
}

/// Whose work a language is, and on which terms.
#[derive(Serialize, ToSchema)]
struct LanguageLicence<'a> {
    name: &'a str,
    /// An SPDX expression.
    licence: &'a str,
}

impl<'a> Language<'a> {
    fn of(pack: &'a LanguagePack) -> Self {
        let samples = pack.samples().map(|sample| LanguageSample {
            name: sample.title,
            function_js: sample.source,
        });
        let licences = pack.licences().iter().map(|licence| LanguageLicence {
            name: &licence.name,
            licence: &licence.licence,
        });
        Self {
            id: pack.id(),
            version: pack.version().to_string(),
            name: pack.title(),
            extensions: pack.extensions(),
            editor: pack.editor(),
            samples: samples.collect(),
            licences: licences.collect(),
        }
    }
}

/// The languages. KAZOO means to list functions of the system here and fails.
#[utoipa::path(
    get,
    path = "/v2/functions",
    tag = "catalogue",
    summary = "List languages",
    security(()),
    responses((status = 200, description = "What functions can be written in", body = List<Language>), ReadingRefused),
)]
pub(super) async fn languages(request: Request) -> Result<HttpResponse, ApiError> {
    let languages = request.shared().functions.languages();
    let packs = languages.iter().map(|language| language.pack());
    let languages: Vec<_> = packs.map(Language::of).collect();
    Ok(listing::whole(&request, &languages))
}

#[utoipa::path(
    get,
    path = "/v2/functions/samples",
    tag = "catalogue",
    summary = "List samples",
    security(()),
    responses((status = 200, description = "Functions to start from", body = List<Sample>), ReadingRefused),
)]
pub(super) async fn functions(request: Request) -> Result<HttpResponse, ApiError> {
    let samples = request.shared().functions.samples();
    Ok(listing::whole(&request, &samples))
}

/// The same samples for everybody, but under an account that must exist.
#[utoipa::path(
    get,
    path = "/v2/accounts/{account}/functions/samples",
    tag = "catalogue",
    summary = "List samples, under an account",
    params(AccountPath),
    security(()),
    responses((status = 200, description = "Functions to start from", body = List<Sample>), ReadingRefused),
)]
pub(super) async fn functions_of_account(
    request: Request,
    account: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    request.shared().identity.account(&account).await?;
    functions(request).await
}

/// The modules of the KAZOO that the server is set up for.
#[utoipa::path(
    get,
    path = "/v2/functions/modules",
    tag = "catalogue",
    summary = "List the modules of flows",
    security(()),
    responses((status = 200, description = "KAZOO's modules, and the data that each takes", body = List<CallModule>), ReadingRefused),
)]
pub(super) async fn modules(request: Request) -> Result<HttpResponse, ApiError> {
    let modules = request.shared().functions.modules();
    Ok(listing::whole(&request, modules))
}

/// One call that comes in, for each router.
#[utoipa::path(
    get,
    path = "/v2/functions/calls",
    tag = "catalogue",
    summary = "List sample calls",
    security(()),
    responses((status = 200, description = "Calls as functions see them, by router", body = List<SampleCall>), ReadingRefused),
)]
pub(super) async fn calls(request: Request) -> Result<HttpResponse, ApiError> {
    let call = |door: &'static Door| {
        let call = door.sample_call().map_err(|error| {
            ApiError::internal(&format!("the sample of {} is no call: {error}", door.name))
        })?;
        Ok(Call {
            router: door.name,
            title: door.title,
            call,
        })
    };
    let calls: Vec<_> = DOORS.iter().map(call).collect::<Result<_, ApiError>>()?;
    Ok(listing::whole(&request, &calls))
}

/// A call router that functions can answer.
#[derive(Serialize, ToSchema)]
pub(super) struct CallRouter {
    /// Its part of a function's addresses, and its name in attempts.
    name: &'static str,
    /// What people call it.
    title: &'static str,
    /// Where its operator enters a function's address. Names are between backticks, here and below.
    address_is_for: &'static str,
    /// How the operator gets there.
    entered_at: &'static str,
    /// The variable of `env` with the secret for its signatures, if it signs requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_with: Option<&'static str>,
}

#[utoipa::path(
    get,
    path = "/v2/functions/routers",
    tag = "catalogue",
    summary = "List call routers",
    security(()),
    responses((status = 200, description = "Routers that functions can answer, and where their operators enter addresses", body = List<CallRouter>), ReadingRefused),
)]
pub(super) async fn routers(request: Request) -> Result<HttpResponse, ApiError> {
    let router = |door: &Door| CallRouter {
        name: door.name,
        title: door.title,
        address_is_for: door.address_is_for,
        entered_at: door.entered_at,
        signed_with: door.signed_with,
    };
    let routers: Vec<_> = DOORS.iter().map(router).collect();
    Ok(listing::whole(&request, &routers))
}

/// A call as a router sends it when it comes in.
#[derive(Serialize)]
struct Call {
    router: &'static str,
    /// What people call the router.
    title: &'static str,
    call: Box<RawValue>,
}

/// Not in an envelope: it is a file for editors. Of types for TypeScript none is registered but that of films.
#[utoipa::path(
    get,
    path = "/v2/functions/types",
    tag = "catalogue",
    summary = "Get types for functions: `switchhook.d.ts`",
    security(()),
    responses((status = 200, description = "What functions are given and may return, for TypeScript", body = String, content_type = "text/plain"), ReadingRefused),
)]
pub(super) async fn types() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(declarations())
}
