//! A panic in a handler costs one request: it is counted and answered like any fault of ours.

use std::{panic::AssertUnwindSafe, sync::atomic::Ordering};

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::HeaderValue,
    middleware::Next,
    web,
};
use futures_util::FutureExt;

use super::{Shared, context::RequestContext, error::ApiError};

/// A middleware.
pub(crate) async fn catch_panics<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let kept = Kept::of(request.request());
    // What the panic left half done is dropped with the future: the request's own, and nothing that others see.
    AssertUnwindSafe(async { next.call(request).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(InternalError::from_response("a panic", kept.reply()).into()))
}

/// What a reply takes of a request that may be lost. Not the request itself: actix-web must be its only owner.
struct Kept {
    shared: Option<web::Data<Shared>>,
    headers: [Option<HeaderValue>; RequestContext::HEADERS.len()],
}

impl Kept {
    fn of(request: &HttpRequest) -> Self {
        Self {
            shared: request.app_data::<web::Data<Shared>>().cloned(),
            headers: RequestContext::HEADERS.map(|name| request.headers().get(name).cloned()),
        }
    }

    fn reply(self) -> HttpResponse {
        let Some(shared) = self.shared else {
            return HttpResponse::InternalServerError().finish();
        };
        shared.panics.fetch_add(1, Ordering::Relaxed);
        let kept = RequestContext::HEADERS.iter().zip(&self.headers);
        let context = RequestContext::new(shared, |name| {
            let (_, value) = kept.clone().find(|(known, _)| **known == name)?;
            value.as_ref()
        });
        context.error(&ApiError::panicked())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU64};

    use actix_web::{App, body::to_bytes, middleware::from_fn, test};
    use metrics::NoopRecorder;
    use serde_json::Value;
    use switchhook_compiler::Languages;

    use super::*;
    use crate::{
        config::Config,
        functions::{Functions, Sandboxes, Settings},
        http::{Bodies, Identity, Node, routes},
        meters::Meters,
        store::Store,
    };

    /// Without any language: nothing here runs functions.
    fn shared(store: Store) -> Arc<Shared> {
        let config = Config::default();
        let Config { concurrency, .. } = &config;
        let meters = Meters::new(&NoopRecorder);
        Arc::new(Shared {
            functions: Functions::new(
                store.clone(),
                Languages::default(),
                Sandboxes::new(concurrency.calls(), concurrency.compilations(), meters),
                Settings::new(&config).unwrap(),
            ),
            store: store.clone(),
            identity: Identity::new(store),
            node: Node::named("test"),
            bodies: Bodies::new(0),
            panics: AtomicU64::new(0),
        })
    }

    async fn panics() -> HttpResponse {
        panic!("by design")
    }

    #[actix_web::test]
    async fn a_panic_costs_one_request() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(Store::open(&folder.path().join("db")).unwrap());
        let app = test::init_service(
            App::new()
                .wrap(from_fn(catch_panics))
                .service(web::resource("/panics").to(panics))
                .configure(routes(Arc::clone(&shared))),
        )
        .await;
        let request = test::TestRequest::get()
            .uri("/panics")
            .insert_header(("x-request-id", "my-id"))
            .insert_header(("authorization", "Bearer my-token"))
            .to_request();
        let error = test::try_call_service(&app, request).await.err().unwrap();
        let reply = error.error_response();
        assert_eq!(reply.status(), 500);
        let body = to_bytes(reply.into_body()).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        for (key, value) in [
            ("status", "error"),
            ("error", "500"),
            ("message", "unspecified_fault"),
            ("request_id", "my-id"),
            ("auth_token", "my-token"),
        ] {
            assert_eq!(body[key], value, "{body}");
        }
        assert_eq!(shared.panics.load(Ordering::Relaxed), 1);

        let request = test::TestRequest::get().uri("/healthz").to_request();
        assert_eq!(test::call_service(&app, request).await.status(), 200);
    }
}
