//! What a browser may do with a reply. Functions return anything, XML with scripts included. None of that may run with the rights of
//! this server's origin.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS},
};

/// For every reply but those of the page below: nothing in it is loaded or run, and it has an origin of its own (Content
/// Security Policy Level 3; the HTML standard, sandboxing).
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// For Swagger UI. It has no script within its HTML, styles elements one by one, draws its icons from `data:` addresses, and asks
/// this server.
const DESCRIPTION: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

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
    let policy = if request.path().starts_with(DESCRIPTION_PATH) {
        DESCRIPTION
    } else {
        NO_PAGE
    };
    let answer = service.call(request);
    async move {
        match answer.await {
            Ok(mut response) => {
                add(response.headers_mut(), policy);
                Ok(response)
            }
            Err(error) => {
                let mut reply = error.error_response();
                add(reply.headers_mut(), policy);
                Err(InternalError::from_response(error, reply).into())
            }
        }
    }
}

fn add(headers: &mut HeaderMap, policy: HeaderValue) {
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
}
