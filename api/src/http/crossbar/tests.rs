//! A panic in a handler costs one request: it is counted, and answered like any fault of the server.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use actix_web::{App, HttpResponse, body::to_bytes, middleware::from_fn, test, web};
use serde_json::Value;
use switchhook_store::{Location, Store};

use super::routes;
use crate::{
    accounts::{Accounts, Identity},
    config::Config,
    functions::{Reloads, Upgrade, tests::without_languages},
    http::{Buckets, Budget, Feeds, Health, Node, Shared, front, restrict},
    vault::Vault,
};

/// State without languages, because nothing here runs functions.
fn shared(store: Store) -> Arc<Shared> {
    let vault = Arc::new(Vault::open(std::iter::empty()).unwrap());
    let identity = Arc::new(Identity::new(store.clone(), None));
    let functions = Arc::new(without_languages(store.clone()));
    Arc::new(Shared {
        reloads: Reloads::start(Arc::clone(&functions), Upgrade::Never, || None),
        functions,
        health: Health::new(store.clone()),
        accounts: Arc::new(Accounts::new(store, vault, Arc::clone(&identity), |_| {})),
        identity,
        node: Node::named("test"),
        bodies: Budget::new(0),
        replies: Budget::new(0),
        buckets: Buckets::new((&Config::default().rate).into()),
        feeds: Feeds::new(),
        public_url: None,
        console: None,
        panics: AtomicU64::new(0),
    })
}

async fn panics() -> HttpResponse {
    panic!("by design")
}

#[actix_web::test]
async fn a_panic_costs_one_request() {
    let folder = tempfile::tempdir().unwrap();
    let shared = shared(Store::open(&Location::File(folder.path().join("db"))).unwrap());
    let app = test::init_service(
        App::new()
            .wrap(from_fn(front))
            .wrap_fn(restrict)
            .service(web::resource("/v2/panics").to(panics))
            .configure(routes(Arc::clone(&shared))),
    )
    .await;
    let request = test::TestRequest::get()
        .uri("/v2/panics")
        .insert_header(("x-request-id", "my-id"))
        .to_request();
    let error = test::try_call_service(&app, request).await.err().unwrap();
    let reply = error.error_response();
    assert_eq!(reply.status(), 500);
    assert_eq!(
        reply.headers().get("x-content-type-options").unwrap(),
        "nosniff"
    );
    let body = to_bytes(reply.into_body()).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    for (key, value) in [
        ("status", "error"),
        ("error", "500"),
        ("message", "unspecified_fault"),
        ("request_id", "my-id"),
    ] {
        assert_eq!(body[key], value, "{body}");
    }
    assert_eq!(shared.panics.load(Ordering::Relaxed), 1);

    let request = test::TestRequest::get().uri("/healthz").to_request();
    assert_eq!(test::call_service(&app, request).await.status(), 200);
}
