//! `DELETE /calls/{id}/participants/{participantId}`: takes somebody out.

use super::super::access::Access;
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::names::Names;
use super::paging::Asked;
use crate::protocol::{KickPeer, Moderation, Permission};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// Whether its user may not come back while the call lasts.
    #[serde(default)]
    #[param(required = false, default = false)]
    ban: bool,
}

/// Take somebody out
///
/// It hears `kicked`, and the others that it left.
#[utoipa::path(delete, path = "/{id}/participants/{participantId}", operation_id = "kickParticipant",
    tag = "participants", security((), ("token" = []), ("apiKey" = [])),
    params(
        ("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"),
        ("participantId" = String, Path, description = "The peer's id"),
        How,
    ),
    responses(
        (status = 204, description = "It is out"),
        problem::Reading, problem::NoSuchParticipant, problem::Over,
    ))]
pub(super) async fn kick(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    Names { id, peer: peer_id }: Names,
    Asked(How { ban }): Asked<How>,
) -> Result<StatusCode, Problem> {
    desk.moderate(&access, Permission::Kick, &id, Moderation::Kick(KickPeer { peer_id, ban })).await
}
