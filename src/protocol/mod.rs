//! The vocabulary of the signaling: requests, replies, events and error codes as clients see them, plain data all of
//! it. Every adapter (Socket.IO today) and every room speaks it. Depends on the ids and on the data types of the media
//! protocol; knows no transport and no room.

mod bounded;
mod caller;
mod data;
mod described;
mod error;
mod event;
mod message;
mod moderation;
mod quality;
mod reply;
mod request;
mod resume;
mod role;
mod rtp;
mod source;
#[cfg(test)]
mod tests;

pub use bounded::{AppData, CallId, ChannelName, DisplayName, Topic, UserId};
pub use caller::{CallPattern, Caller, TokenId};
pub use data::{
    ConsumeData, DataConsumed, DataConsumerRef, DataProduced, DataProducerInfo, DataProducerRef, OwnDataConsumer,
    ProduceData,
};
pub use described::media_kind;
pub use error::{ErrorBody, ErrorCode};
pub use event::{ConsumerRef, Event, Level, PeerGone, PeerRef, PeerTag, ProducerRef, Reason, Speaker};
pub use message::{Message, MessageData, MessageStamp, SendMessage};
pub use moderation::{KickPeer, LockRoom, Moderation, MutePeer, MuteTarget, Muting, OwnMuted, RoleChange, SetPeerRole};
pub use quality::{QualityRecovered, QualityWarning, Severity, Symptom, Warning};
pub use reply::{
    Answer, Consumed, IceRestarted, IceServer, Joined, OwnConsumer, OwnMedia, OwnProducer, PeerInfo, Produced,
    ProducerInfo, ProducerSummary, Producers, Reply, RoomInfo, Stats, TransportInfo,
};
pub use request::{ConnectTransport, Consume, CreateRoom, Direction, JoinRoom, PreferredLayers, Produce, Request};
pub use resume::ResumeToken;
pub use role::{Permission, Permissions, Role, Roles};
pub use source::Source;
