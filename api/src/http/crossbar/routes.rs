//! The list of operations: which path leads to which handler. The API's description is made from the same list.

use std::sync::Arc;

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route,
    http::{Method, header},
    web,
};
use pastey::paste;
use utoipa::{OpenApi, openapi::HttpMethod};

use super::{
    account_lists, accounts, attempts, call_keys, catalogue, cors, enabling, functions, logins,
    openapi, packs,
    request::{Authorized, Request},
    revisions, run, stats, users,
};
use crate::http::{Shared, console, error::ApiError, health, rate::TooMany, routers};

/// Resources of an account. For any other name, KAZOO replies "not found" only to clients who may act in the account.
const KNOWN_RESOURCES: [&str; 2] = ["functions", "users"];

/// A method of a path, and its handler.
struct Operation {
    path: String,
    method: Method,
    route: Route,
}

/// Lists every operation once: the attribute of its handler says where it is.
macro_rules! operations {
    ($($module:ident::$handler:ident),* $(,)?) => {
        /// All operations, as the API's description has them.
        #[derive(OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        struct Described;

        fn operations() -> Vec<Operation> {
            paste! { vec![$(operation::<$module::[<__path_ $handler>], _, _>($module::$handler)),*] }
        }
    };
}

operations! {
    // First, because paths are tried one after the other, and there are thousands of calls a second.
    run::run,
    catalogue::languages,
    catalogue::functions,
    catalogue::types,
    catalogue::modules,
    catalogue::calls,
    catalogue::routers,
    packs::reload,
    logins::api_auth,
    logins::user_auth,
    logins::read,
    logins::log_out,
    account_lists::search_own,
    accounts::create_own,
    accounts::read,
    accounts::create,
    accounts::replace,
    accounts::patch,
    accounts::delete,
    account_lists::children,
    account_lists::descendants,
    account_lists::siblings,
    account_lists::tree,
    account_lists::parents,
    account_lists::search,
    accounts::api_key,
    accounts::renew_api_key,
    users::list,
    users::create,
    users::read,
    users::replace,
    users::patch,
    users::delete,
    functions::list,
    functions::create,
    enabling::enable_again,
    enabling::enable_descendants_again,
    enabling::switched_off_below,
    // Before the paths with a function's id, because these names are not ids.
    attempts::of_account,
    stats::count,
    catalogue::functions_of_account,
    run::test,
    functions::read,
    functions::replace,
    functions::patch,
    functions::delete,
    run::module,
    call_keys::read,
    call_keys::renew,
    attempts::of_function,
    revisions::list,
    revisions::read,
    revisions::roll_back,
}

fn operation<P, F, A>(handler: F) -> Operation
where
    P: utoipa::Path,
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let method = match P::methods().as_slice() {
        [HttpMethod::Get] => Method::GET,
        [HttpMethod::Put] => Method::PUT,
        [HttpMethod::Post] => Method::POST,
        [HttpMethod::Patch] => Method::PATCH,
        [HttpMethod::Delete] => Method::DELETE,
        _ => unreachable!("handlers have one of these methods each"),
    };
    Operation {
        path: P::path(),
        route: web::method(method.clone()).to(handler),
        method,
    }
}

/// Adds every route to an application.
pub(crate) fn routes(shared: Arc<Shared>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let console = shared.console.clone();
        config.app_data(web::Data::from(shared));
        let mut resources = resources().into_iter();
        // The paths of routers come second, right after the path of `run`.
        config.service(resources.next().expect("there are operations"));
        for resource in routers::resources() {
            config.service(refusing_others(resource, "OPTIONS, GET, POST".to_owned()));
        }
        for resource in resources {
            config.service(resource);
        }
        let healthz = web::resource("/healthz").route(web::get().to(health::healthz));
        let readyz = web::resource("/readyz").route(web::get().to(health::readyz));
        config
            .service(refusing_others(healthz, "OPTIONS, GET".to_owned()))
            .service(refusing_others(readyz, "OPTIONS, GET".to_owned()))
            .service(web::redirect("/docs", "/docs/"))
            .service(openapi::pages(Described::openapi()));
        if let Some(console) = console {
            config.configure(console::routes(console));
        }
        config.default_service(web::to(no_such_path));
    }
}

/// All paths with their methods, in the order in which the list first names them.
fn resources() -> Vec<Resource> {
    let mut found: Vec<(String, Vec<Operation>)> = Vec::new();
    for operation in operations() {
        match found.iter_mut().find(|(path, _)| *path == operation.path) {
            Some((_, others)) => others.push(operation),
            None => found.push((operation.path.clone(), vec![operation])),
        }
    }
    found
        .into_iter()
        .map(|(path, operations)| resource(&path, operations))
        .collect()
}

/// A path with its methods.
fn resource(path: &str, operations: Vec<Operation>) -> Resource {
    let mut methods = "OPTIONS".to_owned();
    let mut resource = web::resource(path);
    for Operation { method, route, .. } in operations {
        methods = format!("{methods}, {method}");
        resource = resource.route(route);
    }
    refusing_others(resource, methods)
}

/// Refuses all other methods, except `OPTIONS` of a cross-origin request (KAZOO sends no `Allow`). `methods` are the
/// resource's methods and `OPTIONS`.
fn refusing_others(resource: Resource, methods: String) -> Resource {
    resource.default_service(web::to(move |http: HttpRequest| {
        let answer = other_method(&http, &methods);
        std::future::ready(answer)
    }))
}

fn other_method(http: &HttpRequest, methods: &str) -> Result<HttpResponse, ApiError> {
    if http.method() == Method::OPTIONS && cors::is_cross_origin(http.headers()) {
        return Ok(HttpResponse::Ok()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
            .finish());
    }
    Err(ApiError::method_not_allowed())
}

async fn no_such_path(http: HttpRequest, request: Request) -> Result<HttpResponse, ApiError> {
    let path = http.path().to_owned();
    let mut parts = path.split('/').skip(1);
    if parts.next() == Some("v2") {
        match (parts.next(), parts.next(), parts.next()) {
            (Some("accounts"), Some(account), Some(name)) if !KNOWN_RESOURCES.contains(&name) => {
                Authorized::check(request, &http, account).await?;
            }
            (Some("accounts" | "functions"), ..) => {}
            _ => {
                request.known_actor()?;
            }
        }
    } else {
        // Only paths of the API were counted before routing.
        let taken = request.shared().buckets.take_from_stranger(request.peer());
        taken.map_err(|TooMany { wait, .. }| ApiError::too_many_requests(wait))?;
    }
    Err(ApiError::not_found())
}
