//! Why a room refuses, and the contract's code for it.

use crate::limits::Limit;
use crate::media::protocol::{MediaError, MediaObjectKind};
use crate::protocol::{Direction, ErrorCode, Permission};
use std::time::Duration;

/// Why a request to a room failed. The text is for the client's developer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// The socket is in no room, or in another.
    #[error("join the room first")]
    NotJoined,
    /// The socket is in a room.
    #[error("this socket is in a room already: leave it first")]
    AlreadyJoined,
    /// There is no such room.
    #[error("there is no such room: createRoom makes it")]
    RoomNotFound,
    /// The room is at its capacity.
    #[error("the room is full: it takes {0} peers")]
    RoomFull(usize),
    /// The room closed meanwhile.
    #[error("the room was closed")]
    RoomClosed,
    /// The room's queue is full.
    #[error("the room has too many requests waiting: try again")]
    RoomBusy,
    /// The server takes no new rooms or peers.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The server takes no new rooms for now.
    #[error("the server is draining: it takes no new rooms")]
    Draining,
    /// No worker is there for a new room.
    #[error("no media worker is available")]
    NoWorker,
    /// The worker is gone and the peer has not been told yet.
    #[error("the media is being set up anew: wait for mediaReset")]
    MediaResetting,
    /// A `resumeToken` that is not good here (any more).
    #[error("resumeToken: belongs to no peer of this room and user: join without it")]
    ResumeRefused,
    /// No such peer, or the one that asks.
    #[error("to: no such other peer in this room")]
    PeerNotFound,
    /// No such peer to act upon.
    #[error("peerId: no such peer in this room")]
    NoSuchPeer,
    /// The room is locked.
    #[error("the room is locked: somebody inside has to open it")]
    Locked,
    /// The user was put out for good.
    #[error("this user was put out of this call for good")]
    Banned,
    /// The token that was shown is no longer good for entering.
    #[error("the token has expired")]
    TokenExpired,
    /// The token that was shown is for other calls.
    #[error("callId: the token is for other calls")]
    OtherCall,
    /// The asking peer's role does not allow it.
    #[error("this needs the permission {}", .0.as_str())]
    Forbidden(Permission),
    /// None of the permissions to publish.
    #[error("this needs a permission to publish")]
    MayNotPublish,
    /// Nobody acts upon who is more.
    #[error("peerId: this peer's role is above the one of who asks")]
    PeerIsMore,
    /// Nobody makes others more than itself.
    #[error("role: more than who asks has itself")]
    RoleIsMore,
    /// Keeping order is about others.
    #[error("peerId: this is about others; leaveRoom takes oneself out")]
    Oneself,
    /// Neither or both of what can be muted.
    #[error("producerId, kind: exactly one of them is needed")]
    OneTarget,
    /// The owner cannot resume what others muted.
    #[error("producerId: muted by somebody who keeps order: wait until it is let go")]
    Muted,
    /// No such transport of this peer.
    #[error("transportId: no such transport of this peer")]
    TransportNotFound,
    /// The transport carries media the other way.
    #[error("transportId: this needs a transport made with direction {}", direction_name(*.0))]
    WrongDirection(Direction),
    /// A second `connectTransport`.
    #[error("transportId: this transport is connected already")]
    TransportAlreadyConnected,
    /// No such producer, or not one that this peer may act on.
    #[error("producerId: no such producer")]
    ProducerNotFound,
    /// A peer asked for its own producer.
    #[error("producerId: a peer cannot consume its own producer")]
    OwnProducer,
    /// Something that only video has.
    #[error("consumerId: a consumer of audio has no layers, priority and key frames")]
    NotVideo,
    /// No such consumer of this peer.
    #[error("consumerId: no such consumer of this peer")]
    ConsumerNotFound,
    /// Data channels are switched off.
    #[error("this server has no data channels: data.enabled is off")]
    NoData,
    /// No such data producer, or not one that this peer may act on.
    #[error("dataProducerId: no such data producer")]
    DataProducerNotFound,
    /// A peer asked for its own data producer.
    #[error("dataProducerId: a peer cannot consume its own data producer")]
    OwnDataProducer,
    /// No such data consumer of this peer.
    #[error("dataConsumerId: no such data consumer of this peer")]
    DataConsumerNotFound,
    /// A limit of the configuration.
    #[error("{limit} allows {max}")]
    LimitExceeded {
        /// The limit.
        limit: Limit,
        /// Its value.
        max: usize,
    },
    /// More in a time than a limit of the configuration allows.
    #[error("more than {limit} allows: slow down")]
    RateLimited {
        /// The limit.
        limit: Limit,
        /// Until when the next is allowed.
        wait: Duration,
    },
    /// `appData` is larger than allowed.
    #[error("appData: larger than {0} bytes of JSON")]
    AppDataTooLarge(usize),
    /// The worker refused.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// A fault of the server.
    #[error("the room failed")]
    Fault,
}

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Send => "\"send\"",
        Direction::Recv => "\"recv\"",
    }
}

impl RoomError {
    /// The contract's code. Exhaustive: a new variant doesn't compile until it has one.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::NotJoined => ErrorCode::NotJoined,
            Self::AlreadyJoined => ErrorCode::AlreadyJoined,
            Self::RoomNotFound => ErrorCode::RoomNotFound,
            Self::RoomFull(_) => ErrorCode::RoomFull,
            Self::RoomClosed => ErrorCode::RoomClosed,
            Self::RoomBusy => ErrorCode::RoomBusy,
            Self::ShuttingDown | Self::Draining | Self::NoWorker | Self::MediaResetting => ErrorCode::Unavailable,
            Self::ResumeRefused => ErrorCode::ResumeRefused,
            Self::PeerNotFound | Self::NoSuchPeer => ErrorCode::PeerNotFound,
            Self::Locked => ErrorCode::RoomLocked,
            Self::Banned => ErrorCode::Banned,
            Self::TokenExpired => ErrorCode::Unauthenticated,
            Self::OtherCall
            | Self::Forbidden(_)
            | Self::MayNotPublish
            | Self::PeerIsMore
            | Self::RoleIsMore
            | Self::Muted => ErrorCode::Forbidden,
            Self::TransportNotFound => ErrorCode::TransportNotFound,
            Self::WrongDirection(_) | Self::AppDataTooLarge(_) | Self::NotVideo | Self::Oneself | Self::OneTarget => {
                ErrorCode::InvalidRequest
            }
            Self::TransportAlreadyConnected => ErrorCode::TransportAlreadyConnected,
            Self::NoData => ErrorCode::Unsupported,
            Self::ProducerNotFound | Self::DataProducerNotFound => ErrorCode::ProducerNotFound,
            Self::OwnProducer | Self::OwnDataProducer => ErrorCode::CannotConsume,
            Self::ConsumerNotFound | Self::DataConsumerNotFound => ErrorCode::ConsumerNotFound,
            Self::LimitExceeded { .. } => ErrorCode::LimitExceeded,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Media(error) => media_code(error),
            Self::Fault => ErrorCode::Internal,
        }
    }
}

impl RoomError {
    /// The limit that this comes of, if it does.
    pub const fn limit(&self) -> Option<Limit> {
        match self {
            Self::RoomFull(_) => Some(Limit::Peers),
            Self::RoomBusy => Some(Limit::Queue),
            Self::LimitExceeded { limit, .. } | Self::RateLimited { limit, .. } => Some(*limit),
            Self::AppDataTooLarge(_) => Some(Limit::AppData),
            Self::NotJoined
            | Self::AlreadyJoined
            | Self::RoomNotFound
            | Self::RoomClosed
            | Self::ShuttingDown
            | Self::Draining
            | Self::NoWorker
            | Self::MediaResetting
            | Self::ResumeRefused
            | Self::PeerNotFound
            | Self::NoSuchPeer
            | Self::Locked
            | Self::Banned
            | Self::TokenExpired
            | Self::OtherCall
            | Self::Forbidden(_)
            | Self::MayNotPublish
            | Self::PeerIsMore
            | Self::RoleIsMore
            | Self::Oneself
            | Self::OneTarget
            | Self::Muted
            | Self::TransportNotFound
            | Self::WrongDirection(_)
            | Self::TransportAlreadyConnected
            | Self::ProducerNotFound
            | Self::OwnProducer
            | Self::ConsumerNotFound
            | Self::NoData
            | Self::DataProducerNotFound
            | Self::OwnDataProducer
            | Self::DataConsumerNotFound
            | Self::NotVideo
            | Self::Media(_)
            | Self::Fault => None,
        }
    }
}

impl RoomError {
    /// After which time the same request may succeed, where that is known.
    pub const fn retry_after(&self) -> Option<Duration> {
        if let Self::RateLimited { wait, .. } = self { Some(*wait) } else { None }
    }
}

const fn media_code(error: &MediaError) -> ErrorCode {
    match error {
        MediaError::NotFound(MediaObjectKind::Router) => ErrorCode::RoomClosed,
        MediaError::NotFound(MediaObjectKind::Transport) => ErrorCode::TransportNotFound,
        MediaError::NotFound(MediaObjectKind::Producer | MediaObjectKind::DataProducer) => ErrorCode::ProducerNotFound,
        MediaError::NotFound(MediaObjectKind::Consumer | MediaObjectKind::DataConsumer) => ErrorCode::ConsumerNotFound,
        MediaError::Unsupported(_) => ErrorCode::Unsupported,
        MediaError::InvalidParameters(_) => ErrorCode::InvalidRequest,
        MediaError::CannotConsume | MediaError::StreamsUsedUp => ErrorCode::CannotConsume,
        MediaError::Deadline | MediaError::WorkerLost => ErrorCode::Unavailable,
        MediaError::Failed(_) => ErrorCode::Internal,
    }
}
