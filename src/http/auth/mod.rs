//! `/auth`: tokens for who has an API key. Not for browsers, which have no business with such keys: no CORS.

mod issue;
pub(super) mod jwks;
mod revoke;

use super::access::{self, denied};
use super::{HttpState, problem};
use crate::auth::{ApiKey, Gate, Refusal};
use crate::limits::ClientIp;
use axum::extract::{FromRef as _, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use std::net::IpAddr;
use std::sync::Arc;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

pub(super) fn router(state: HttpState) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(issue::issue).map(|routes| routes.fallback(problem::no_such_method)))
        .routes(routes!(revoke::revoke).map(|routes| routes.fallback(problem::no_such_method)))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(state)
}

/// Extracts whose API key is shown.
struct KeyHolder {
    key: Arc<ApiKey>,
    address: Option<IpAddr>,
}

impl FromRequestParts<HttpState> for KeyHolder {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Response> {
        let address = parts.extensions.get::<ClientIp>().map(|client| client.0);
        let gate = Gate::from_ref(state);
        let found = match access::credentials(&parts.headers) {
            Ok(credentials) => gate.api_key(credentials, address).await,
            Err(_) => Err(Refusal::Key),
        };
        let key = found.map_err(|refusal| {
            let mut response = denied(refusal).into_response();
            if let Some(challenge) = response.headers_mut().get_mut(header::WWW_AUTHENTICATE) {
                *challenge = HeaderValue::from_static("Basic realm=\"colloquy\"");
            }
            response
        })?;
        Ok(Self { key, address })
    }
}

problem::responses! {
    /// Who has no good key, or uses it too often.
    NoKey:
    401 "No API key, or one that is not good",
    429 "More often than `auth.token_requests_per_minute` allows the key or the address",
    503 "The key cannot be checked, or the database be written to, just now",
}
