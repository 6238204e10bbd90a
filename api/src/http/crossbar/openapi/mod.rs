//! The description of the API for programs, made from the handlers and the types of their replies.

mod accounts;
mod refusals;
mod schemas;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_swagger_ui::SwaggerUi;

pub(super) use self::{
    accounts::{
        Account, AccountKey, Ancestor, Child, Descendant, Done, Found, KeyLogin, SearchQuery,
        Session, User, UserLogin, UserPath,
    },
    refusals::{ReadingRefused, RunningRefused, WritingRefused},
    schemas::{
        AccountPath, Attempt, AttemptsQuery, CallModule, CompilingQuery, FieldsQuery, FilterQuery,
        FreeForm, Function, FunctionPath, FunctionSummary, List, MessageQuery, Outcome,
        PagingQuery, PeriodQuery, ReEnable, Reply, Revision, RevisionPath, RunningQuery, Sample,
        SampleCall, Stats, TimeQuery, Trial, Wrapped,
    },
};

/// The description's path.
const URL: &str = "/openapi.json";

/// The path of the page that shows the description and can send requests.
const PAGE: &str = "/docs/{_:.*}";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Switchhook",
        description = "Runs customers' own functions inside phone calls. KAZOO's Crossbar API, version 2, as far as functions need it.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    components(schemas(refusals::Refusal)),
    security(("token" = []), ("bearer" = [])),
    modifiers(&Credentials),
)]
struct Document;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let header = ApiKey::Header(ApiKeyValue::new("X-Auth-Token"));
        components.add_security_scheme("token", SecurityScheme::ApiKey(header));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

struct Names;

impl Modify for Names {
    /// Makes operation ids unique: handlers of different resources have the same names.
    fn modify(&self, document: &mut openapi::OpenApi) {
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                let tag = operation.tags.iter().flatten().next();
                if let (Some(tag), Some(id)) = (tag, &mut operation.operation_id) {
                    *id = format!("{tag}_{id}");
                }
            }
        }
    }
}

/// Serves the page and the description of these operations.
pub(super) fn pages(operations: openapi::OpenApi) -> SwaggerUi {
    let mut document = Document::openapi().merge_from(operations);
    Names.modify(&mut document);
    SwaggerUi::new(PAGE).url(URL, document)
}
