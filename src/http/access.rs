//! Who asks over HTTP, and whether it may: `Authorization: Bearer` with a token, `Basic` with an API key's id and secret.

use super::problem::Problem;
use crate::auth::{Credentials, Gate, Refusal};
use crate::limits::ClientIp;
use crate::protocol::{CallId, Caller, ErrorCode, Permission};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use std::sync::Arc;

/// Extracts who asks; a request without good credentials, where any are needed, gets no further.
#[derive(Clone)]
pub(super) struct Access {
    /// Who.
    pub caller: Arc<Caller>,
    gate: Gate,
}

impl Access {
    /// Whether the caller may do that at all.
    ///
    /// # Errors
    /// 403, naming the permission.
    pub fn allows(&self, permission: Permission) -> Result<(), Problem> {
        if self.caller.permissions(self.gate.roles()).allow(permission) {
            return Ok(());
        }
        Err(forbidden(format!("the permission {} is needed", permission.as_str())))
    }

    /// Whether the caller may do that to that call.
    ///
    /// # Errors
    /// 403: the call is none of its calls, or the permission is missing.
    pub fn may(&self, permission: Permission, call_id: &CallId) -> Result<(), Problem> {
        if !self.caller.calls.matches(call_id) {
            return Err(forbidden("the token is for other calls".to_owned()));
        }
        self.allows(permission)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Access
where
    Gate: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let gate = Gate::from_ref(state);
        let address = parts.extensions.get::<ClientIp>().map(|client| client.0);
        let credentials = credentials(&parts.headers).map_err(denied)?;
        let caller = gate.caller(credentials, address).await.map_err(denied)?;
        Ok(Self { caller: Arc::new(caller), gate })
    }
}

/// What the head of a request shows.
///
/// # Errors
/// It is neither, or several.
pub(super) fn credentials(headers: &HeaderMap) -> Result<Credentials<'_>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Credentials::None),
        (Some(value), None) => value.to_str().ok().and_then(Credentials::of_header).ok_or(Refusal::Invalid),
        // Which of them counts, a proxy in front may see otherwise.
        (Some(_), Some(_)) => Err(Refusal::Invalid),
    }
}

pub(super) fn forbidden(detail: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, detail)
}

/// The answer to who is not let in.
pub(super) fn denied(refusal: Refusal) -> Problem {
    let status = match refusal {
        Refusal::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Missing | Refusal::Invalid | Refusal::Expired | Refusal::NotYet | Refusal::Revoked | Refusal::Key => {
            StatusCode::UNAUTHORIZED
        }
    };
    let problem = Problem::new(status, refusal.code(), refusal.to_string());
    match refusal {
        Refusal::TooMany(wait) => problem.retry_after(wait),
        _ => problem,
    }
}
