//! Headers that restrict what browsers do with replies. Functions return anything, also XML with scripts. Nothing of it
//! may run with the rights of this server's origin.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{Service, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS},
};

/// For every reply except the page below: nothing in it is loaded or run, and it has an origin of its own (Content
/// Security Policy Level 3; the HTML standard, sandboxing).
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// For Swagger UI. The page has no scripts in its HTML, styles single elements, draws its icons from `data:` addresses,
/// and sends requests to this server.
const DESCRIPTION: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

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
