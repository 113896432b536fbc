//! What the server tells clients by itself.

use super::{
    AppData, CallId, DataConsumerRef, DataProducerRef, DisplayName, ErrorCode, Message, Muting, QualityRecovered,
    QualityWarning, Role, RoleChange, UserId,
};
use crate::ids::{ConsumerId, PeerId, ProducerId};
use crate::media::protocol::{ConsumerLayers, ConsumerScore, MediaKind, ProducerScore, RouterRtpCapabilities};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::sync::Arc;
use std::time::SystemTime;

/// Why something ended that its owner did not end itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The peer asked to leave.
    Left,
    /// The peer's socket is gone.
    Disconnected,
    /// The peer's media was silent for too long, and so was its socket.
    TimedOut,
    /// The same user joined again while this peer's socket was gone.
    Replaced,
    /// The peer goes on over a newer socket.
    ResumedElsewhere,
    /// The producer that a consumer received was closed.
    ProducerClosed,
    /// The producer that a consumer receives was paused or resumed by its owner.
    ProducerPaused,
    /// The owner resumed the producer.
    ProducerResumed,
    /// Somebody who keeps order put the peer out.
    Kicked,
    /// The same, for as long as the call lasts.
    Banned,
    /// The token that the peer came with is revoked.
    TokenRevoked,
    /// The peer may not have this any more.
    Forbidden,
    /// Somebody ended the call.
    Ended,
    /// The server shuts down.
    ServerShutdown,
    /// The worker with the room's media is gone.
    WorkerLost,
    /// The server that the room was on is gone, without a word.
    ServerLost,
    /// The socket was in no room for too long.
    JoinTimeout,
    /// The socket sent far more requests than it may.
    RateLimited,
    /// A fault of the server.
    InternalError,
}

/// Of `peerJoined`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerRef {
    /// The peer.
    pub peer_id: PeerId,
    /// Who it is for the application.
    pub user_id: UserId,
    /// How to show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<DisplayName>,
    /// What it is.
    pub role: Role,
}

/// Of `peerLeft`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerGone {
    /// The peer.
    pub peer_id: PeerId,
    /// Who it was for the application.
    pub user_id: UserId,
    /// Why.
    pub reason: Reason,
}

/// Of `peerReconnecting` and `peerResumed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerTag {
    /// The peer.
    pub peer_id: PeerId,
    /// Who it is for the application.
    pub user_id: UserId,
}

/// Of `newProducer`, `producerClosed`, `producerPaused` and `producerResumed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProducerRef {
    /// The producer.
    pub producer_id: ProducerId,
    /// Whose it is.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// Audio or video.
    pub kind: MediaKind,
    /// Its owner's own data.
    pub app_data: AppData,
    /// Whether its owner paused it.
    pub paused: bool,
    /// Why it was closed, if its owner did not do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Of `consumerClosed`, `consumerPaused` and `consumerResumed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerRef {
    /// The receiver's own consumer.
    pub consumer_id: ConsumerId,
    /// What it receives.
    pub producer_id: ProducerId,
    /// Why.
    pub reason: Reason,
}

/// Of `activeSpeaker`: both are null while nobody speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speaker {
    /// Who speaks.
    pub peer_id: Option<PeerId>,
    /// The track in which it is heard.
    pub producer_id: Option<ProducerId>,
}

/// One track in `audioLevels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Level {
    /// Whose it is.
    pub peer_id: PeerId,
    /// The track.
    pub producer_id: ProducerId,
    /// From -127 to 0, in dBov (RFC 6464 §3).
    #[serde(rename = "dBov")]
    pub dbov: i8,
}

/// An event for one client or many.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// Somebody joined.
    PeerJoined(PeerRef),
    /// Somebody left.
    PeerLeft(PeerGone),
    /// Somebody's socket is gone; media goes on, and so may the peer.
    PeerReconnecting(PeerTag),
    /// The peer goes on over a new socket.
    PeerResumed(PeerTag),
    /// Somebody publishes something new.
    NewProducer(ProducerRef),
    /// It is published no more.
    ProducerClosed(ProducerRef),
    /// Its owner paused it.
    ProducerPaused(ProducerRef),
    /// Its owner resumed it.
    ProducerResumed(ProducerRef),
    /// The client's own consumer is closed.
    ConsumerClosed(ConsumerRef),
    /// The client's own consumer gets nothing for now.
    ConsumerPaused(ConsumerRef),
    /// The client's own consumer gets media again.
    ConsumerResumed(ConsumerRef),
    /// Somebody opened a data channel.
    NewDataProducer(DataProducerRef),
    /// It is open no more.
    DataProducerClosed(DataProducerRef),
    /// The client's own data consumer is closed.
    DataConsumerClosed(DataConsumerRef),
    /// How well the client's own producer arrives.
    ProducerScore {
        /// The producer.
        producer_id: ProducerId,
        /// One for each encoding.
        score: Vec<ProducerScore>,
    },
    /// How well the client's own consumer arrives.
    ConsumerScore {
        /// The consumer.
        consumer_id: ConsumerId,
        /// With that of its producer.
        score: ConsumerScore,
    },
    /// Which layers the client's own consumer gets now; none: nothing for the moment.
    ConsumerLayersChanged {
        /// The consumer.
        consumer_id: ConsumerId,
        /// They.
        layers: Option<ConsumerLayers>,
    },
    /// What of the client's own producer is of use to anybody: it may leave the rest unsent.
    ProducerLayersWanted {
        /// The producer.
        producer_id: ProducerId,
        /// The highest spatial layer that is; none: nobody receives it.
        spatial_layer: Option<u8>,
    },
    /// Somebody else speaks now.
    ActiveSpeaker(Speaker),
    /// Who is how loud.
    AudioLevels {
        /// The loudest first; empty when silence begins.
        levels: Vec<Level>,
    },
    /// Somebody says something.
    Message(Arc<Message>),
    /// Somebody's connection is bad, or worse or less bad than it was.
    QualityWarning(QualityWarning),
    /// It is good again.
    QualityRecovered(QualityRecovered),
    /// All media of the client is gone: load again, make new transports, produce and consume again. Still joined.
    MediaReset {
        /// For `device.load`.
        rtp_capabilities: Arc<RouterRtpCapabilities>,
        /// Why.
        reason: Reason,
    },
    /// Something of the client's own was muted: it cannot resume it.
    Muted(Muting),
    /// It was let go of: the client may resume it.
    Unmuted(Muting),
    /// Somebody has another role.
    PeerRoleChanged(RoleChange),
    /// The room was locked, or opened again.
    RoomLocked {
        /// Which of the two.
        locked: bool,
        /// Who did it; null when it was a backend.
        by: Option<PeerId>,
    },
    /// The client is out of the room.
    Kicked {
        /// Why.
        reason: Reason,
        /// Who did it; null when it was the server.
        by: Option<PeerId>,
    },
    /// The room is gone, and the client out of it.
    RoomClosed {
        /// The room's call.
        call_id: CallId,
        /// Why.
        reason: Reason,
    },
    /// A request without a callback failed.
    RequestError {
        /// Its event.
        event: String,
        /// What kind of failure.
        code: ErrorCode,
        /// What went wrong.
        message: String,
        /// Milliseconds after which it may succeed.
        retry_after_ms: Option<u64>,
    },
    /// The server shuts down; reconnect before the deadline.
    ServerDraining {
        /// RFC 3339.
        deadline: String,
    },
}

impl Event {
    /// The server will end by then.
    pub fn draining(deadline: SystemTime) -> Self {
        Self::ServerDraining { deadline: humantime::format_rfc3339_seconds(deadline).to_string() }
    }

    /// The event's name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PeerJoined(_) => "peerJoined",
            Self::PeerLeft(_) => "peerLeft",
            Self::PeerReconnecting(_) => "peerReconnecting",
            Self::PeerResumed(_) => "peerResumed",
            Self::NewProducer(_) => "newProducer",
            Self::ProducerClosed(_) => "producerClosed",
            Self::ProducerPaused(_) => "producerPaused",
            Self::ProducerResumed(_) => "producerResumed",
            Self::ConsumerClosed(_) => "consumerClosed",
            Self::ConsumerPaused(_) => "consumerPaused",
            Self::ConsumerResumed(_) => "consumerResumed",
            Self::NewDataProducer(_) => "newDataProducer",
            Self::DataProducerClosed(_) => "dataProducerClosed",
            Self::DataConsumerClosed(_) => "dataConsumerClosed",
            Self::ProducerScore { .. } => "producerScore",
            Self::ConsumerScore { .. } => "consumerScore",
            Self::ConsumerLayersChanged { .. } => "consumerLayersChanged",
            Self::ProducerLayersWanted { .. } => "producerLayersWanted",
            Self::ActiveSpeaker(_) => "activeSpeaker",
            Self::AudioLevels { .. } => "audioLevels",
            Self::Message(_) => "message",
            Self::QualityWarning(_) => "qualityWarning",
            Self::QualityRecovered(_) => "qualityRecovered",
            Self::MediaReset { .. } => "mediaReset",
            Self::Muted(_) => "muted",
            Self::Unmuted(_) => "unmuted",
            Self::PeerRoleChanged(_) => "peerRoleChanged",
            Self::RoomLocked { .. } => "roomLocked",
            Self::Kicked { .. } => "kicked",
            Self::RoomClosed { .. } => "roomClosed",
            Self::RequestError { .. } => "requestError",
            Self::ServerDraining { .. } => "serverDraining",
        }
    }

    /// The event's payload, as JSON text: made once, however many clients get it.
    ///
    /// # Errors
    /// None in practice: every shape is plain data with string keys.
    pub fn to_data(&self) -> serde_json::Result<Box<RawValue>> {
        match self {
            Self::PeerJoined(peer) => to_raw_value(peer),
            Self::PeerLeft(peer) => to_raw_value(peer),
            Self::PeerReconnecting(peer) | Self::PeerResumed(peer) => to_raw_value(peer),
            Self::NewProducer(producer)
            | Self::ProducerClosed(producer)
            | Self::ProducerPaused(producer)
            | Self::ProducerResumed(producer) => to_raw_value(producer),
            Self::ConsumerClosed(consumer) | Self::ConsumerPaused(consumer) | Self::ConsumerResumed(consumer) => {
                to_raw_value(consumer)
            }
            Self::NewDataProducer(producer) | Self::DataProducerClosed(producer) => to_raw_value(producer),
            Self::DataConsumerClosed(consumer) => to_raw_value(consumer),
            Self::ProducerScore { producer_id, score } => {
                to_raw_value(&serde_json::json!({ "producerId": producer_id, "score": score }))
            }
            Self::ConsumerScore { consumer_id, score } => {
                to_raw_value(&serde_json::json!({ "consumerId": consumer_id, "score": score }))
            }
            Self::ConsumerLayersChanged { consumer_id, layers } => {
                to_raw_value(&serde_json::json!({ "consumerId": consumer_id, "layers": layers }))
            }
            Self::ProducerLayersWanted { producer_id, spatial_layer } => {
                to_raw_value(&serde_json::json!({ "producerId": producer_id, "spatialLayer": spatial_layer }))
            }
            Self::ActiveSpeaker(speaker) => to_raw_value(speaker),
            Self::AudioLevels { levels } => to_raw_value(&serde_json::json!({ "levels": levels })),
            Self::Message(message) => to_raw_value(message),
            Self::QualityWarning(warning) => to_raw_value(warning),
            Self::QualityRecovered(recovered) => to_raw_value(recovered),
            Self::MediaReset { rtp_capabilities, reason } => {
                to_raw_value(&serde_json::json!({ "rtpCapabilities": rtp_capabilities, "reason": reason }))
            }
            Self::Muted(muting) | Self::Unmuted(muting) => to_raw_value(muting),
            Self::PeerRoleChanged(change) => to_raw_value(change),
            Self::RoomLocked { locked, by } => to_raw_value(&serde_json::json!({ "locked": locked, "by": by })),
            Self::Kicked { reason, by } => to_raw_value(&serde_json::json!({ "reason": reason, "by": by })),
            Self::RoomClosed { call_id, reason } => {
                to_raw_value(&serde_json::json!({ "callId": call_id, "reason": reason }))
            }
            Self::RequestError { event, code, message, retry_after_ms } => {
                let mut data = serde_json::json!({ "event": event, "code": code, "message": message });
                if let Some(ms) = retry_after_ms {
                    data["retryAfterMs"] = (*ms).into();
                }
                to_raw_value(&data)
            }
            Self::ServerDraining { deadline } => to_raw_value(&serde_json::json!({ "deadline": deadline })),
        }
    }
}
