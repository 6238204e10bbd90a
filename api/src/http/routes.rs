//! Which path leads to which handler.

use std::sync::Arc;

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route,
    http::{Method, header},
    web,
};

use super::{
    Shared, account_lists, accounts, attempts, call_keys, catalogue, cors, enabling,
    error::ApiError,
    functions, logins, openapi, packs, rate,
    request::{Authorized, Request},
    revisions,
    routers::{self, Httapi, Jambonz, Pivot, Router, SignalWire, Telnyx, Twilio, XmlCurl},
    run, users,
};

const ACCOUNT: &str = "/v2/accounts/{account}";

/// Resources of an account. Of what is below any other name, KAZOO tells only those who may act in the account that it
/// does not exist.
const KNOWN_RESOURCES: [&str; 2] = ["functions", "users"];

/// Adds every route to an application.
pub(crate) fn routes(shared: Arc<Shared>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        let functions = |rest: &str| format!("{ACCOUNT}/functions{rest}");
        config
            .app_data(web::Data::from(shared))
            // Paths are tried one after the other, and of calls there are thousands a second.
            .service(resource(&functions("/{function}/run"), [post(run::run)]))
            .configure(call_routers)
            .service(resource("/healthz", [get(healthz)]))
            .service(resource("/v2/functions", [get(catalogue::languages)]))
            .service(resource(
                "/v2/functions/samples",
                [get(catalogue::functions)],
            ))
            .service(resource("/v2/functions/types", [get(catalogue::types)]))
            .service(resource(
                "/v2/functions/packs/reload",
                [post(packs::reload)],
            ))
            .service(resource("/v2/api_auth", [put(logins::api_auth)]))
            .service(resource("/v2/user_auth", [put(logins::user_auth)]))
            .service(resource(
                "/v2/token_auth",
                [get(logins::read), delete(logins::log_out)],
            ))
            .service(resource("/v2/search", [get(account_lists::search_own)]))
            .service(resource("/v2/accounts", [put(accounts::create_own)]))
            .service(resource(
                ACCOUNT,
                [
                    get(accounts::read),
                    put(accounts::create),
                    post(accounts::replace),
                    patch(accounts::patch),
                    delete(accounts::delete),
                ],
            ))
            .configure(parts_of_accounts)
            .service(resource(
                &functions(""),
                [
                    get(functions::list),
                    put(functions::create),
                    patch(enabling::enable_again),
                ],
            ))
            .service(resource(
                &format!("{ACCOUNT}/descendants/functions"),
                [patch(enabling::enable_descendants_again)],
            ))
            .service(resource(
                &functions("/attempts"),
                [get(attempts::of_account)],
            ))
            .service(resource(
                &functions("/samples"),
                [get(catalogue::functions_of_account)],
            ))
            .service(resource(&functions("/test"), [post(run::test)]))
            .service(resource(
                &functions("/{function}"),
                [
                    get(functions::read),
                    post(functions::replace),
                    patch(functions::patch),
                    delete(functions::delete),
                ],
            ))
            .service(resource(
                &functions("/{function}/module"),
                [get(run::module)],
            ))
            .service(resource(
                &functions("/{function}/key"),
                [get(call_keys::read), put(call_keys::renew)],
            ))
            .service(resource(
                &functions("/{function}/attempts"),
                [get(attempts::of_function)],
            ))
            .service(resource(
                &functions("/{function}/revisions"),
                [get(revisions::list)],
            ))
            .service(resource(
                &functions("/{function}/revisions/{revision}"),
                [get(revisions::read), post(revisions::roll_back)],
            ))
            .service(web::redirect("/docs", "/docs/"))
            .service(openapi::pages())
            .default_service(web::to(no_such_path));
    }
}

fn call_routers(config: &mut web::ServiceConfig) {
    config
        .service(router::<Pivot>())
        .service(router::<Jambonz>())
        .service(router::<SignalWire>())
        .service(router::<Twilio>())
        .service(router::<Telnyx>())
        .service(router::<Httapi>())
        .service(router::<XmlCurl>());
}

fn router<R: Router>() -> Resource {
    resource(
        &format!("/{}/{{account}}/{{function}}", R::NAME),
        [get(routers::answer::<R>), post(routers::answer::<R>)],
    )
}

fn parts_of_accounts(config: &mut web::ServiceConfig) {
    let account = |rest: &str| format!("{ACCOUNT}{rest}");
    config
        .service(resource(
            &account("/children"),
            [get(account_lists::children)],
        ))
        .service(resource(
            &account("/descendants"),
            [get(account_lists::descendants)],
        ))
        .service(resource(
            &account("/siblings"),
            [get(account_lists::siblings)],
        ))
        .service(resource(&account("/tree"), [get(account_lists::tree)]))
        .service(resource(
            &account("/parents"),
            [get(account_lists::parents)],
        ))
        .service(resource(&account("/search"), [get(account_lists::search)]))
        .service(resource(
            &account("/api_key"),
            [get(accounts::api_key), put(accounts::renew_api_key)],
        ))
        .service(resource(
            &account("/users"),
            [get(users::list), put(users::create)],
        ))
        .service(resource(
            &account("/users/{user}"),
            [
                get(users::read),
                post(users::replace),
                patch(users::patch),
                delete(users::delete),
            ],
        ));
}

/// A path with what can be done there. Everything else cannot (KAZOO sends no `Allow`), but for asking what can.
fn resource<const N: usize>(path: &str, routes: [(Method, Route); N]) -> Resource {
    let methods = routes
        .iter()
        .fold("OPTIONS".to_owned(), |names, (method, _)| {
            format!("{names}, {method}")
        });
    routes
        .into_iter()
        .fold(web::resource(path), |resource, (_, route)| {
            resource.route(route)
        })
        .default_service(web::to(move |http: HttpRequest| {
            let answer = other_method(&http, &methods);
            std::future::ready(answer)
        }))
}

macro_rules! methods {
    ($($name:ident $method:ident,)*) => {
        $(
            fn $name<F, A>(handler: F) -> (Method, Route)
            where
                F: Handler<A>,
                A: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                (Method::$method, web::method(Method::$method).to(handler))
            }
        )*
    };
}

methods! {
    get GET,
    put PUT,
    post POST,
    patch PATCH,
    delete DELETE,
}

async fn healthz() -> &'static str {
    "ok\n"
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
        // Whatever leads to the API was counted before it was routed.
        let client = rate::Client::at(request.peer());
        let taken = request.shared().buckets.take(&client, rate::REQUEST);
        taken.map_err(|rate::TooMany { wait, .. }| ApiError::too_many_requests(wait))?;
    }
    Err(ApiError::not_found())
}
