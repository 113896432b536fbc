//! Errors of HTTP endpoints as problem details (RFC 9457), with the codes of signaling.

use crate::ids::RequestId;
use crate::protocol::ErrorCode;
use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as OpenApiResponse, ResponseBuilder};

/// Of problem details.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request is refused (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Problem {
    /// Always this one: `code` tells the kinds apart.
    #[schema(example = "about:blank")]
    r#type: &'static str,
    /// The status in words.
    #[schema(example = "Not Found")]
    title: &'static str,
    /// The status, once more.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    status: u16,
    /// What kind of failure, for programs.
    code: ErrorCode,
    /// What went wrong, for people; names the field or the limit.
    #[schema(example = "there is no such room")]
    detail: String,
    /// Milliseconds after which the same request may succeed, where that is known; `Retry-After` says it in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            retry_after_ms: None,
        }
    }

    /// The same request may succeed after that time.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let seconds = self.retry_after_ms.map(|wait| HeaderValue::from(wait.div_ceil(1000)));
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = seconds {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// The same for descriptions: each status with when it comes.
pub(super) fn described(cases: &[(u16, &str)]) -> BTreeMap<String, RefOr<OpenApiResponse>> {
    let response = |description: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
    };
    cases.iter().map(|(status, description)| (status.to_string(), response(description).into())).collect()
}

/// Names a set of answers for descriptions: `responses! { Name: 404 "when it comes", … }`.
macro_rules! responses {
    ($(#[$doc:meta])* $name:ident: $($status:literal $when:literal),+ $(,)?) => {
        $(#[$doc])*
        pub(super) struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::Response>,
            > {
                $crate::http::problem::described(&[$(($status, $when)),+])
            }
        }
    };
}
pub(super) use responses;

responses! {
    /// What any request to calls may be answered.
    Reading:
    400 "`INVALID_REQUEST`: `detail` names the field",
    401 "`UNAUTHENTICATED`: no token or key where one is needed, or one that is not good",
    403 "`FORBIDDEN`: the permission is missing, or the call is none of the caller's",
    429 "`RATE_LIMITED`: more requests than `rest.requests_per_minute` allows",
    500 "`INTERNAL`: a fault of the server; its log has more",
    503 "`UNAVAILABLE`: the database or the room does not answer just now",
}

responses! {
    /// The same of requests with a body.
    Writing:
    408 "`INVALID_REQUEST`: the body did not come in time",
    413 "`LIMIT_EXCEEDED`: the body is larger than `rest.max_body_bytes` allows",
    415 "`INVALID_REQUEST`: the body is not `application/json`",
}

responses! {
    /// Where one call is asked about.
    NoSuchCall:
    404 "`CALL_NOT_FOUND`: there is no such call",
}

responses! {
    /// Where somebody in a call is acted upon.
    NoSuchParticipant:
    404 "`CALL_NOT_FOUND`: there is no such call; `ROOM_NOT_FOUND`: nobody is in it; `PEER_NOT_FOUND`, \
         `PRODUCER_NOT_FOUND`: no such participant or producer is in it",
}

responses! {
    /// Where only a call can be acted upon that goes on.
    Over:
    409 "`CALL_ENDED`: the call is over",
}

/// A fault of the server: what it is stands in the log, under the same id.
pub(super) fn fault(error: &dyn std::fmt::Display) -> Problem {
    let request = RequestId::random();
    tracing::error!(%request, %error, "an HTTP request failed by a fault");
    let detail = format!("a fault of the server; its log has more about request {request}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, detail)
}

/// What is no endpoint.
pub(super) async fn no_such_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::Unsupported, "there is no such endpoint")
}

/// What an endpoint does not do; `Allow` says what it does.
pub(super) async fn no_such_method(method: Method) -> Problem {
    let detail = format!("this endpoint has no {method}: Allow says what it has");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest, detail)
}
