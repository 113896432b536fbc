//! What those who keep order may ask: the same over signaling and over REST.

use super::{Permission, Permissions, Role, UserId};
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

impl MutePeer {
    /// What is to be muted, or let go of; none unless it is exactly one of the two.
    pub const fn target(&self) -> Option<MuteTarget> {
        match (self.producer_id, self.kind) {
            (Some(producer), None) => Some(MuteTarget::ProducerId(producer)),
            (None, Some(kind)) => Some(MuteTarget::Kind(kind)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

impl Moderation {
    /// The event's name on the wire.
    pub const fn event(&self) -> &'static str {
        match self {
            Self::Kick(_) => "kickPeer",
            Self::Mute(_) => "mutePeer",
            Self::SetRole(_) => "setPeerRole",
            Self::Lock(_) => "lockRoom",
            Self::Close => "closeRoom",
        }
    }

    /// What it takes.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Kick(_) => Permission::Kick,
            Self::Mute(_) => Permission::Mute,
            Self::SetRole(_) => Permission::SetRole,
            Self::Lock(_) => Permission::Lock,
            Self::Close => Permission::CloseRoom,
        }
    }

    /// Upon whom.
    pub const fn peer(&self) -> Option<PeerId> {
        match self {
            Self::Kick(KickPeer { peer_id, .. })
            | Self::Mute(MutePeer { peer_id, .. })
            | Self::SetRole(SetPeerRole { peer_id, .. }) => Some(*peer_id),
            Self::Lock(_) | Self::Close => None,
        }
    }
}

/// What is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MuteTarget {
    /// One producer.
    ProducerId(ProducerId),
    /// All of a kind, also what will be published of it.
    Kind(MediaKind),
}

/// Of `muted` and `unmuted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Muting {
    /// What of the client's own.
    #[serde(flatten)]
    pub target: MuteTarget,
    /// Who did it; null when it was the server, or a backend.
    pub by: Option<PeerId>,
}

/// Of `peerRoleChanged`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleChange {
    /// Whose role it is; also the client's own.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// What it is now.
    pub role: Role,
    /// What it may do now.
    pub permissions: Permissions,
    /// Who did it; null when it was a backend.
    pub by: Option<PeerId>,
}

/// What somebody who keeps order has muted of a peer's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnMuted {
    /// Kinds of which nothing may go on.
    pub kinds: Vec<MediaKind>,
    /// Producers that may not, those of these kinds included.
    pub producer_ids: Vec<ProducerId>,
}
