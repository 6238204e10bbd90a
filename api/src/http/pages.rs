//! What a browser may do with a reply. Functions return anything, XML with scripts included. None of that may run with the rights of
//! this server's origin, where the console's tokens are.

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

/// For every reply but those of the pages below: nothing in it is loaded or run, and it has an origin of its own (Content
/// Security Policy Level 3; the HTML standard, sandboxing).
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// For Swagger UI. It has no script within its HTML, styles elements one by one, draws its icons from `data:` addresses, and asks
/// this server.
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

/// A reply is what its content type says.
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Where Swagger UI is.
const DESCRIPTION_PATH: &str = "/docs/";

/// The middleware around the whole of each listener: no reply with a body goes out by another way. What actix-web itself
/// says to what is not HTTP has none.
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
