//! `PUT /calls/{id}/participants/{participantId}/role`: makes somebody more, or less.

use super::super::access::Access;
use super::super::body::Body;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::names::Names;
use crate::protocol::{Moderation, Permission, Role, SetPeerRole};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// What it becomes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleBody {
    /// No more than who asks is.
    role: Role,
}

/// Give somebody another role
///
/// Until it leaves; what it publishes and may no longer is closed.
#[utoipa::path(put, path = "/{id}/participants/{participantId}/role", operation_id = "setParticipantRole",
    tag = "participants", security((), ("token" = []), ("apiKey" = [])),
    params(
        ("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"),
        ("participantId" = String, Path, description = "The peer's id"),
    ),
    request_body(content = RoleBody, example = json!({ "role": "moderator" })),
    responses(
        (status = 204, description = "It is that now"),
        problem::Reading, problem::Writing, problem::NoSuchParticipant, problem::Over,
    ))]
pub(super) async fn set_role(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    Names { id, peer: peer_id }: Names,
    Body(RoleBody { role }): Body<RoleBody>,
) -> Result<StatusCode, Problem> {
    desk.moderate(&access, Permission::SetRole, &id, Moderation::SetRole(SetPeerRole { peer_id, role })).await
}
