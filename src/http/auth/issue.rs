//! `POST /auth/token`: a token for somebody, made for the application's backend.

use super::{KeyHolder, NoKey};
use crate::auth::{Gate, IssueError, Issued, Order};
use crate::http::access::denied;
use crate::http::problem::Problem;
use crate::protocol::{CallId, DisplayName, ErrorCode, Permissions, Role, UserId};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Whom a token is for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = TokenRequest)]
pub(super) struct Body {
    /// The user: what others see as `userId`.
    #[schema(example = "anna")]
    sub: UserId,
    /// How others see the user.
    #[schema(nullable = false)]
    name: Option<DisplayName>,
    /// The call, or a pattern in which each `*` stands for any characters.
    #[schema(example = "standup")]
    call_id: CallId,
    /// What the user is there.
    #[serde(default = "participant")]
    role: Role,
    /// What the user may do, instead of what the role may.
    #[schema(value_type = Option<Vec<crate::protocol::Permission>>, nullable = false)]
    permissions: Option<Permissions>,
    /// How long it is good; `auth.token_ttl_s` if left out, `auth.max_token_ttl_s` at most.
    #[schema(nullable = false, minimum = 1, example = 3600)]
    expires_in_seconds: Option<u64>,
    /// From when on; at once if left out.
    #[schema(nullable = false)]
    not_before: Option<DateTime<Utc>>,
}

const fn participant() -> Role {
    Role::Participant
}

#[derive(Serialize, ToSchema)]
#[schema(as = TokenAnswer)]
pub(super) struct Answer {
    data: Token,
}

/// A token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Token {
    /// To be shown by the user's client, and to nobody else.
    token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Its `jti`, to revoke it by.
    token_id: String,
    expires_at: DateTime<Utc>,
}

impl From<Issued> for Token {
    fn from(issued: Issued) -> Self {
        let Issued { token, token_id, expires_at } = issued;
        Self { token, token_type: "Bearer", token_id: token_id.as_str().to_owned(), expires_at: expires_at.into() }
    }
}

/// Make a token with which somebody enters a call
#[utoipa::path(post, path = "/auth/token", tag = "tokens", security(("apiKey" = [])), request_body = Body, responses(
    (status = 201, description = "The token; it is not kept here", body = Answer),
    (status = 400, description = "A field is missing or makes no sense", body = Problem,
        content_type = "application/problem+json"),
    (status = 403, description = "The API key is for other calls, or for lesser roles", body = Problem,
        content_type = "application/problem+json"),
    (status = 413, description = "No such token is that long", body = Problem,
        content_type = "application/problem+json"),
    NoKey,
))]
pub(super) async fn issue(
    State(gate): State<Gate>,
    holder: KeyHolder,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let order = order(&body)?;
    let issued = gate.issue_to(&holder.key, &order, holder.address).map_err(denied)?.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(Answer { data: issued.into() })))
}

fn order(body: &Result<Bytes, BytesRejection>) -> Result<Order, Problem> {
    let bytes = body.as_ref().map_err(|rejection| invalid(rejection.status(), "the body is too large".to_owned()))?;
    let read: Result<Body, _> = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes));
    let Body { sub, name, call_id, role, permissions, expires_in_seconds, not_before } = read.map_err(|error| {
        let field = error.path().to_string();
        let reason = error.into_inner().to_string();
        invalid(StatusCode::BAD_REQUEST, if field == "." { reason } else { format!("{field}: {reason}") })
    })?;
    Ok(Order {
        user_id: sub,
        display_name: name,
        calls: call_id,
        role,
        permissions,
        ttl: expires_in_seconds.map(Duration::from_secs),
        not_before: not_before.map(Into::into),
    })
}

fn invalid(status: StatusCode, detail: String) -> Problem {
    Problem::new(status, ErrorCode::InvalidRequest, detail)
}

fn refused(error: IssueError) -> Problem {
    let (status, code) = match error {
        IssueError::Ttl => (StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest),
        IssueError::Calls | IssueError::Role | IssueError::Permissions => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
        IssueError::NoKey => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
    };
    Problem::new(status, code, error.to_string())
}
