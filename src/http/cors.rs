//! Who may call from a browser: the configured origins (`FRONTEND_URL`), and the server's own page, which is always of
//! the same origin. One list for HTTP and for Socket.IO: a WebSocket is not covered by CORS, so its handshake is
//! checked by us.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header, request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember that it may call.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);

/// Makes a `POST` that is sent again the same request.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The origins that may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Any (the default in development).
    Any,
    /// Only these, each `scheme://host[:port]`.
    Only(Vec<String>),
}

impl Origins {
    fn allows(&self, origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
        match self {
            Self::Any => true,
            Self::Only(origins) => {
                let Ok(origin) = origin.to_str() else { return false };
                let same =
                    || origin.split_once("://").map(|(_, host)| host.as_bytes()) == host.map(HeaderValue::as_bytes);
                origins.iter().any(|allowed| allowed == origin) || same()
            }
        }
    }
}

pub(super) fn layer(origins: Arc<Origins>) -> CorsLayer {
    let allowed = AllowOrigin::predicate(move |origin, parts: &request::Parts| {
        origins.allows(origin, parts.headers.get(header::HOST))
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION, header::IF_MATCH, IDEMPOTENCY_KEY])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER])
        .max_age(PREFLIGHT_MAX_AGE)
}

/// Refuses Socket.IO to pages of other origins.
pub(super) async fn refuse_foreign_sockets(
    State(origins): State<Arc<Origins>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let foreign = request.uri().path().starts_with("/socket.io")
        && headers.get(header::ORIGIN).is_some_and(|origin| !origins.allows(origin, headers.get(header::HOST)));
    if foreign {
        return (StatusCode::FORBIDDEN, "this origin may not connect (server.cors_origins)").into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(origins: &Origins, origin: &'static str, host: &'static str) -> bool {
        origins.allows(&HeaderValue::from_static(origin), Some(&HeaderValue::from_static(host)))
    }

    #[test]
    fn only_listed_origins_and_our_own_may_call() {
        let origins = Origins::Only(vec!["https://app.example".to_owned()]);
        assert!(allows(&origins, "https://app.example", "calls.example"));
        assert!(allows(&origins, "https://calls.example", "calls.example"));
        assert!(!allows(&origins, "https://app.example.evil", "calls.example"));
        assert!(!allows(&origins, "null", "calls.example"));
        assert!(allows(&Origins::Any, "https://anywhere.example", "calls.example"));
    }
}
