//! What is in a room, for operators: plain data.

use super::Figures;
use crate::ids::{PeerId, ProducerId};
use crate::protocol::{CallId, DisplayName, ProducerInfo, Role, UserId, Warning};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoomReport {
    /// The room's call.
    pub call_id: CallId,
    /// How many are in it.
    pub participant_count: usize,
    /// In the order in which they came.
    pub participants: Vec<ParticipantReport>,
    /// Null: this version records nothing.
    pub recording: Option<()>,
}

/// One participant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantReport {
    /// Its id in the room.
    pub peer_id: PeerId,
    /// Who it is for the application.
    pub user_id: UserId,
    /// How it is shown.
    pub display_name: Option<DisplayName>,
    /// What it may do.
    pub role: Role,
    /// Whether its socket is gone just now: it may come back.
    pub reconnecting: bool,
    /// Since when it is there (RFC 3339).
    pub joined_at: String,
    /// What it publishes.
    pub producers: Vec<ProducerInfo>,
    /// How many tracks it receives.
    pub consumers: usize,
    /// What it asked for and has no codec for.
    pub cannot_consume: Vec<ProducerId>,
    /// How well media gets through.
    pub quality: QualityReport,
}

/// How well media gets through to and from one participant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QualityReport {
    /// From the server to the participant, at the last look; null before the first.
    pub receiving: Option<Figures>,
    /// From the participant to the server.
    pub sending: Option<Figures>,
    /// What holds.
    pub warnings: Vec<Warning>,
}
