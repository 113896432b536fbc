//! `POST /auth/token`: a token for somebody, made for the application's backend.

use super::{KeyHolder, NoKey};
use crate::auth::{Gate, IssueError, Issued, Order};
use crate::http::access::denied;
use crate::http::body::{self, Body};
use crate::http::problem::{self, Problem};
use crate::protocol::{CallId, DisplayName, ErrorCode, Permissions, Role, UserId};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Whom a token is for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TokenRequest {
    /// The user: what others see as `userId`.
    #[schema(example = "anna")]
    sub: UserId,
    /// How others see the user.
    name: Option<DisplayName>,
    /// The call, or a pattern in which each `*` stands for any characters.
    #[schema(example = "standup")]
    call_id: CallId,
    /// What the user is there.
    #[serde(default = "participant")]
    role: Role,
    /// What the user may do, instead of what the role may.
    #[schema(value_type = Option<Vec<crate::protocol::Permission>>)]
    permissions: Option<Permissions>,
    /// How long it is good; `auth.token_ttl_s` if left out, `auth.max_token_ttl_s` at most.
    #[serde(default, deserialize_with = "seconds")]
    #[schema(minimum = 1, maximum = 4_294_967_295_u32, example = 3600)]
    expires_in_seconds: Option<u32>,
    /// From when on; at once if left out.
    not_before: Option<DateTime<Utc>>,
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    body::whole(deserializer, 1..=u32::MAX)
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
#[utoipa::path(post, path = "/auth/token", tag = "tokens", security(("apiKey" = [])), request_body = TokenRequest, responses(
    (status = 201, description = "The token; it is not kept here", body = Answer),
    (status = 403, description = "The API key is for other calls, or for lesser roles", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "It would be good for no time, or for longer than `auth.max_token_ttl_s`", body = Problem,
        content_type = "application/problem+json"),
    problem::Reading, NoKey,
))]
pub(super) async fn issue(
    State(gate): State<Gate>,
    holder: KeyHolder,
    Body(request): Body<TokenRequest>,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let issued = gate.issue_to(&holder.key, &request.into(), holder.address).map_err(denied)?.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(Answer { data: issued.into() })))
}

impl From<TokenRequest> for Order {
    fn from(request: TokenRequest) -> Self {
        let TokenRequest { sub, name, call_id, role, permissions, expires_in_seconds, not_before } = request;
        Self {
            user_id: sub,
            display_name: name,
            calls: call_id,
            role,
            permissions,
            ttl: expires_in_seconds.map(|seconds| Duration::from_secs(seconds.into())),
            not_before: not_before.map(Into::into),
        }
    }
}

fn refused(error: IssueError) -> Problem {
    let (status, code) = match error {
        IssueError::Ttl => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidRequest),
        IssueError::Calls | IssueError::Role | IssueError::Permissions => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
        IssueError::NoKey => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
    };
    Problem::new(status, code, error.to_string())
}
