//! `POST /calls/{id}/participants/{participantId}/mute`: mutes somebody, or lets go of it.

use super::super::access::Access;
use super::super::body::{Body, invalid};
use super::super::problem::{self, Problem};
use super::CallDesk;
use super::names::Names;
use crate::ids::ProducerId;
use crate::media::protocol::MediaKind;
use crate::protocol::{Moderation, MutePeer, Permission, media_kind};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be muted: either `kind` or `producerId`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MuteBody {
    kind: Option<MediaKind>,
    producer_id: Option<ProducerId>,
    muted: Option<bool>,
}

/// [`MuteBody`] with a kind, for descriptions.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "described, not read")]
pub(super) struct MuteKind {
    /// All of this kind, also what it will publish of it.
    #[schema(schema_with = media_kind, required = true)]
    kind: MediaKind,
    /// False lets go of it: the participant may resume by itself, and is never resumed by anybody else.
    #[schema(default = true)]
    muted: Option<bool>,
}

/// [`MuteBody`] with a producer, for descriptions.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "described, not read")]
pub(super) struct MuteProducer {
    /// One of its producers.
    producer_id: ProducerId,
    /// False lets go of it.
    #[schema(default = true)]
    muted: Option<bool>,
}

/// What is to be muted: all of a kind, or one track.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "described, not read")]
pub(super) enum Mute {
    Kind(MuteKind),
    Producer(MuteProducer),
}

/// Mute somebody
///
/// Paused at the server: the participant cannot resume until it is let go.
#[utoipa::path(post, path = "/{id}/participants/{participantId}/mute", operation_id = "muteParticipant",
    tag = "participants", security((), ("token" = []), ("apiKey" = [])),
    params(
        ("id" = String, Path, description = "The call's own id, or its `callId`", example = "team-standup"),
        ("participantId" = String, Path, description = "The peer's id"),
    ),
    request_body(content = Mute, examples(
        ("microphone" = (summary = "All it says", value = json!({ "kind": "audio" }))),
        ("letGo" = (summary = "Let go of it", value = json!({ "kind": "audio", "muted": false }))),
        ("one" = (summary = "One track", value = json!({ "producerId": "6f2c1a54-8d7e-4b0a-9a63-2d1f0c9b7e55" }))),
    )),
    responses(
        (status = 204, description = "It is done"),
        problem::Reading, problem::Writing, problem::NoSuchParticipant, problem::Over,
    ))]
pub(super) async fn mute(
    State(desk): State<CallDesk>,
    Extension(access): Extension<Access>,
    Names { id, peer: peer_id }: Names,
    Body(MuteBody { kind, producer_id, muted }): Body<MuteBody>,
) -> Result<StatusCode, Problem> {
    if kind.is_some() == producer_id.is_some() {
        return Err(invalid("kind: expected either kind or producerId"));
    }
    let action = MutePeer { peer_id, producer_id, kind, muted: muted.unwrap_or(true) };
    desk.moderate(&access, Permission::Mute, &id, Moderation::Mute(action)).await
}
