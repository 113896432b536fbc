//! What a request is answered with.

use super::{
    AppData, DataConsumed, DataProduced, DataProducerInfo, DataProducerRef, DisplayName, ErrorBody, Message,
    MessageStamp, OwnDataConsumer, OwnMuted, Permissions, ResumeToken, Role, Speaker, UserId, Warning,
};
use crate::ids::{ConsumerId, DataProducerId, PeerId, ProducerId, TransportId};
use crate::media::protocol::{
    ConsumerLayers, ConsumerType, DtlsParameters, IceCandidate, IceParameters, MediaKind, RouterRtpCapabilities,
    RtpParameters, SctpParameters,
};
use crate::protocol::{CallId, media_kind};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use std::sync::Arc;
use utoipa::ToSchema;

/// A STUN or TURN server as `RTCPeerConnection` takes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServer {
    /// `stun:` and `turn:` URLs (RFC 7064, RFC 7065).
    pub urls: Vec<String>,
    /// The TURN user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The TURN password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl fmt::Debug for IceServer {
    /// Without the password: in a log it would be one that others can use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// One producer in a peer's entry of `joinRoom`'s answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProducerInfo {
    /// What to consume.
    pub producer_id: ProducerId,
    /// Audio or video.
    #[schema(schema_with = media_kind)]
    pub kind: MediaKind,
    /// Whether its owner paused it.
    pub paused: bool,
    /// Its owner's own data.
    pub app_data: AppData,
}

/// One peer in `joinRoom`'s answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerInfo {
    /// The peer.
    pub peer_id: PeerId,
    /// Who it is for the application.
    pub user_id: UserId,
    /// How to show it.
    pub display_name: Option<DisplayName>,
    /// What it is.
    pub role: Role,
    /// Whether its socket is gone just now: it may come back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconnecting: bool,
    /// What it publishes.
    pub producers: Vec<ProducerInfo>,
    /// Its data channels.
    pub data_producers: Vec<DataProducerInfo>,
    /// What is wrong with its connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// One producer in `getProducers`' answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProducerSummary {
    /// Whose it is.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// The producer.
    #[serde(flatten)]
    pub producer: ProducerInfo,
}

/// To `createRoom`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomInfo {
    /// The room's call.
    pub call_id: CallId,
    /// For `device.load`.
    pub rtp_capabilities: Arc<RouterRtpCapabilities>,
    /// Whether this request made the room.
    pub created: bool,
}

/// To `joinRoom`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Joined {
    /// The caller's own id in the room.
    pub peer_id: PeerId,
    /// For taking the peer over on a new socket.
    pub resume_token: ResumeToken,
    /// Whether an earlier peer goes on, with what is in `own`.
    pub resumed: bool,
    /// What a resumed peer has; whatever it had beyond this has been closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnMedia>,
    /// What the caller is in the room.
    pub role: Role,
    /// What it may do there.
    pub permissions: Permissions,
    /// Whether others have to stay outside.
    pub locked: bool,
    /// Everybody else.
    pub peers: Vec<PeerInfo>,
    /// Who speaks just now.
    pub active_speaker: Option<Speaker>,
    /// What was said before and is kept, oldest first; to a resumed peer what it may have missed.
    pub messages: Vec<Arc<Message>>,
    /// For both transports. Time and secrets are no affair of a room's rules: filled in when the answer is sent.
    pub ice_servers: Arc<[IceServer]>,
}

/// What the server has of a peer that goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnMedia {
    /// Its transports.
    pub transports: Vec<TransportId>,
    /// What it publishes.
    pub producers: Vec<OwnProducer>,
    /// What it receives.
    pub consumers: Vec<OwnConsumer>,
    /// Its data channels.
    pub data_producers: Vec<DataProducerId>,
    /// Those of others that it receives.
    pub data_consumers: Vec<OwnDataConsumer>,
    /// What of it somebody who keeps order has muted.
    pub muted: OwnMuted,
    /// What is wrong with its connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// One of a resumed peer's producers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnProducer {
    /// The producer.
    pub producer_id: ProducerId,
    /// Whether it is paused.
    pub paused: bool,
}

/// One of a resumed peer's consumers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnConsumer {
    /// The consumer.
    pub consumer_id: ConsumerId,
    /// What it receives.
    pub producer_id: ProducerId,
    /// Whether the producer's owner has paused it.
    pub producer_paused: bool,
    /// Which of its layers arrive just now; none: nothing, or it has no layers.
    pub layers: Option<ConsumerLayers>,
}

/// To `createTransport`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportInfo {
    /// The transport.
    pub id: TransportId,
    /// The server's side of ICE (RFC 8445, lite).
    pub ice_parameters: IceParameters,
    /// Where the server listens.
    pub ice_candidates: Vec<IceCandidate>,
    /// The server's side of DTLS.
    pub dtls_parameters: DtlsParameters,
    /// The server's side of SCTP; null if data channels are off.
    pub sctp_parameters: Option<SctpParameters>,
    /// For this transport; filled in when the answer is sent.
    pub ice_servers: Arc<[IceServer]>,
}

/// To `restartIce`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceRestarted {
    /// The server's side of ICE from now on.
    pub ice_parameters: IceParameters,
    /// In place of those before, which may have expired; filled in when the answer is sent.
    pub ice_servers: Arc<[IceServer]>,
}

/// To `produce`: the same id under both names, and how it begins.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Produced {
    /// The producer.
    pub producer_id: ProducerId,
    /// The producer again, as mediasoup-client's examples name it.
    pub id: ProducerId,
    /// Whether it begins paused: as asked for, or because it is muted.
    pub paused: bool,
    /// Whether it cannot be resumed, because what it is was muted.
    pub muted: bool,
}

/// To `consume`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumed {
    /// The consumer, as `transport.consume` takes it.
    pub id: ConsumerId,
    /// The consumer again.
    pub consumer_id: ConsumerId,
    /// What it receives.
    pub producer_id: ProducerId,
    /// Audio or video.
    pub kind: MediaKind,
    /// How it will be sent.
    pub rtp_parameters: RtpParameters,
    /// `simple`, `simulcast` or `svc`.
    pub r#type: ConsumerType,
    /// Whether the producer's owner has paused it.
    pub producer_paused: bool,
    /// The producer's owner's own data.
    pub app_data: AppData,
    /// Whose it is.
    pub peer_id: PeerId,
}

/// To `getProducers`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Producers {
    /// Everyone's but the caller's.
    pub producers: Vec<ProducerSummary>,
    /// Data channels likewise.
    pub data_producers: Vec<DataProducerRef>,
}

/// To `getTransportStats`, `getProducerStats` and `getConsumerStats`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stats {
    /// As mediasoup has them: a transport's are one object, a producer's and a consumer's one for each stream.
    pub stats: Vec<serde_json::Value>,
}

/// A successful answer, one variant for each shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// `{}`: done, and nothing to tell.
    Done,
    /// To `createRoom`.
    Room(RoomInfo),
    /// To `joinRoom`.
    Joined(Box<Joined>),
    /// To `createTransport`.
    Transport(Box<TransportInfo>),
    /// To `restartIce`.
    IceRestarted(IceRestarted),
    /// To `produce`.
    Produced(Produced),
    /// To `consume`.
    Consumed(Box<Consumed>),
    /// To `produceData`.
    DataProduced(DataProduced),
    /// To `consumeData`.
    DataConsumed(Box<DataConsumed>),
    /// To `getProducers`.
    Producers(Producers),
    /// To `getTransportStats` and its like.
    Stats(Stats),
    /// To `sendMessage`.
    Sent(MessageStamp),
}

/// How a request ended.
pub type Answer = Result<Reply, ErrorBody>;

impl Reply {
    /// The place for STUN and TURN servers, in answers that have one.
    pub fn ice_servers_mut(&mut self) -> Option<&mut Arc<[IceServer]>> {
        match self {
            Self::Joined(reply) => Some(&mut reply.ice_servers),
            Self::Transport(reply) => Some(&mut reply.ice_servers),
            Self::IceRestarted(reply) => Some(&mut reply.ice_servers),
            _ => None,
        }
    }

    /// `data` of the acknowledgement, as JSON text.
    ///
    /// # Errors
    /// None in practice: every shape is plain data with string keys.
    pub fn to_data(&self) -> serde_json::Result<Box<RawValue>> {
        match self {
            Self::Done => RawValue::from_string("{}".to_owned()),
            Self::Room(reply) => to_raw_value(reply),
            Self::Joined(reply) => to_raw_value(reply),
            Self::Transport(reply) => to_raw_value(reply),
            Self::IceRestarted(reply) => to_raw_value(reply),
            Self::Produced(reply) => to_raw_value(reply),
            Self::Consumed(reply) => to_raw_value(reply),
            Self::DataProduced(reply) => to_raw_value(reply),
            Self::DataConsumed(reply) => to_raw_value(reply),
            Self::Producers(reply) => to_raw_value(reply),
            Self::Stats(reply) => to_raw_value(reply),
            Self::Sent(reply) => to_raw_value(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_tell_is_an_empty_object() {
        assert_eq!(Reply::Done.to_data().expect("encodes").get(), "{}");
    }

    #[test]
    fn data_is_the_inside_of_the_reply() {
        let id = ProducerId::random();
        let data =
            Reply::Produced(Produced { producer_id: id, id, paused: true, muted: false }).to_data().expect("encodes");
        assert_eq!(data.get(), format!(r#"{{"producerId":"{id}","id":"{id}","paused":true,"muted":false}}"#));
    }
}
