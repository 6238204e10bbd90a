//! Headers that restrict what browsers do with replies. Functions return anything, also XML with scripts. Nothing of it
//! may run with the rights of this server's origin, which the console's tokens belong to.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{
        CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
};

use super::console;

/// For every reply except the pages below: nothing in it is loaded or run, and it has an origin of its own (Content
/// Security Policy Level 3; the HTML standard, sandboxing).
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// For Swagger UI. The page has no scripts in its HTML, styles single elements, draws its icons from `data:` addresses,
/// and sends requests to this server.
const DESCRIPTION: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// For the console: its own files and this server's API, and no text ever becomes a script (Trusted Types).
const CONSOLE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// The console's addresses name accounts and functions, and its window is nobody else's.
const ALONE: [(HeaderName, HeaderValue); 3] = [
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CROSS_ORIGIN_OPENER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
];

/// Browsers must not guess another content type.
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The path of Swagger UI.
const DESCRIPTION_PATH: &str = "/docs/";

/// The outermost middleware of each listener, through which every reply with a body passes. actix-web's own replies to
/// input that is not HTTP have no body.
pub(crate) fn restrict<S, B>(
    request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let page = Page::at(request.path());
    let answer = service.call(request);
    async move {
        match answer.await {
            Ok(mut response) => {
                page.restrict(response.headers_mut());
                Ok(response)
            }
            Err(error) => {
                let mut reply = error.error_response();
                page.restrict(reply.headers_mut());
                Err(InternalError::from_response(error, reply).into())
            }
        }
    }
}

/// What is at an address.
#[derive(Clone, Copy)]
enum Page {
    None,
    Description,
    Console,
}

impl Page {
    fn at(path: &str) -> Self {
        if path.starts_with(DESCRIPTION_PATH) {
            Self::Description
        } else if path.starts_with(console::PATH) {
            Self::Console
        } else {
            Self::None
        }
    }

    fn restrict(self, headers: &mut HeaderMap) {
        let policy = match self {
            Self::None => NO_PAGE,
            Self::Description => DESCRIPTION,
            Self::Console => CONSOLE,
        };
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        if matches!(self, Self::Console) {
            for (name, value) in ALONE {
                headers.insert(name, value);
            }
        }
    }
}
