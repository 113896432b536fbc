//! What those who keep order may ask: the same over signaling and over REST.

use super::Role;
use crate::ids::{PeerId, ProducerId};
use crate::media::protocol::MediaKind;
use serde::{Deserialize, Serialize};

/// `kickPeer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KickPeer {
    /// Another peer of the room.
    pub peer_id: PeerId,
    /// Whether its user may not come back while the call lasts.
    #[serde(default)]
    pub ban: bool,
}

/// `mutePeer`: one producer, or a kind, also what will be published of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MutePeer {
    /// Another peer of the room.
    pub peer_id: PeerId,
    /// A producer of that peer's; either this or `kind`.
    pub producer_id: Option<ProducerId>,
    /// All of this kind.
    pub kind: Option<MediaKind>,
    /// False lets go of it: the peer may resume by itself, and is never resumed by anybody else.
    #[serde(default = "yes")]
    pub muted: bool,
}

const fn yes() -> bool {
    true
}

/// `setPeerRole`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetPeerRole {
    /// Another peer of the room.
    pub peer_id: PeerId,
    /// What it becomes: no more than who asks is.
    pub role: Role,
}

/// `lockRoom`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRoom {
    /// False opens it again.
    #[serde(default = "yes")]
    pub locked: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moderation {
    /// `kickPeer`.
    Kick(KickPeer),
    /// `mutePeer`.
    Mute(MutePeer),
    /// `setPeerRole`.
    SetRole(SetPeerRole),
    /// `lockRoom`.
    Lock(LockRoom),
    /// `closeRoom`.
    Close,
}
