//! What a client may ask, and how a payload is read: every failure names the field.

use super::error::ParseError;
use super::{
    AppData, CallId, ConsumeData, DisplayName, Moderation, ProduceData, ResumeToken, SendMessage, UserId, rtp,
};
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, TransportId};
use crate::media::protocol::{DtlsParameters, MediaKind, RtpCapabilities, RtpParameters};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::num::NonZeroU8;
use utoipa::ToSchema;

/// `createRoom`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRoom {
    /// The call to make or find the room of.
    pub call_id: CallId,
}

/// `joinRoom`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinRoom {
    /// The room's call.
    pub call_id: CallId,
    /// Who joins, for the application.
    pub user_id: UserId,
    /// What the client can receive.
    #[serde(deserialize_with = "rtp::capabilities")]
    pub rtp_capabilities: RtpCapabilities,
    /// How to show the peer.
    pub display_name: Option<DisplayName>,
    /// Of an earlier `joinRoom`, to go on as the same peer.
    pub resume_token: Option<ResumeToken>,
}

/// Which way a transport carries media, seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The client publishes over it.
    Send,
    /// The client receives over it.
    Recv,
}

/// `connectTransport`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectTransport {
    /// The client's own transport.
    pub transport_id: TransportId,
    /// The client's side of DTLS.
    #[serde(deserialize_with = "crate::media::dtls::read")]
    pub dtls_parameters: DtlsParameters,
}

/// `produce`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Produce {
    /// A `send` transport of the client's.
    pub transport_id: TransportId,
    /// Audio or video.
    pub kind: MediaKind,
    /// How the client sends.
    #[serde(deserialize_with = "rtp::parameters")]
    pub rtp_parameters: RtpParameters,
    /// The application's own data, passed on to everybody.
    #[serde(default)]
    pub app_data: AppData,
    /// Whether it starts paused.
    #[serde(default)]
    pub paused: bool,
}

/// `consume`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consume {
    /// A `recv` transport of the client's.
    pub transport_id: TransportId,
    /// Somebody else's producer.
    pub producer_id: ProducerId,
    /// What the client can receive.
    #[serde(deserialize_with = "rtp::capabilities")]
    pub rtp_capabilities: RtpCapabilities,
}

/// `setConsumerPreferredLayers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreferredLayers {
    /// An own consumer.
    pub consumer_id: ConsumerId,
    /// The highest spatial layer wanted, from 0.
    #[serde(deserialize_with = "layer")]
    pub spatial_layer: u8,
    /// The highest temporal layer wanted, from 0; none: whatever there is.
    #[serde(default, deserialize_with = "some_layer")]
    pub temporal_layer: Option<u8>,
}

/// A request of a client, parsed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    /// Makes or finds a room.
    CreateRoom(CreateRoom),
    /// Enters a room.
    JoinRoom(Box<JoinRoom>),
    /// Leaves the room.
    LeaveRoom,
    /// Makes a transport.
    CreateTransport(Direction),
    /// Gives a transport the client's DTLS parameters.
    ConnectTransport(ConnectTransport),
    /// Gives a transport new ICE credentials, so that the client can find a new path.
    RestartIce(TransportId),
    /// Publishes a track.
    Produce(Box<Produce>),
    /// Pauses an own producer.
    PauseProducer(ProducerId),
    /// Resumes an own producer.
    ResumeProducer(ProducerId),
    /// Closes an own producer.
    CloseProducer(ProducerId),
    /// Receives somebody's producer.
    Consume(Box<Consume>),
    /// Pauses an own consumer.
    PauseConsumer(ConsumerId),
    /// Lets an own consumer flow.
    ResumeConsumer(ConsumerId),
    /// Closes an own consumer.
    CloseConsumer(ConsumerId),
    /// Receives these layers at most.
    SetConsumerPreferredLayers(PreferredLayers),
    /// Says which of the own consumers gets bandwidth first, from 1 to 255.
    SetConsumerPriority(ConsumerId, u8),
    /// Asks for a key frame.
    RequestConsumerKeyFrame(ConsumerId),
    /// Opens a data channel to the others.
    ProduceData(Box<ProduceData>),
    /// Closes an own data producer.
    CloseDataProducer(DataProducerId),
    /// Receives somebody's data channel.
    ConsumeData(ConsumeData),
    /// Closes an own data consumer.
    CloseDataConsumer(DataConsumerId),
    /// Lists what others publish.
    GetProducers(CallId),
    /// Tells the statistics of an own transport.
    GetTransportStats(TransportId),
    /// Tells those of an own producer.
    GetProducerStats(ProducerId),
    /// Tells those of an own consumer.
    GetConsumerStats(ConsumerId),
    /// Says something to the others.
    SendMessage(SendMessage),
    /// Keeps order.
    Moderate(Moderation),
}

impl Request {
    /// Reads the payload of an event.
    ///
    /// # Errors
    /// An unknown event or codec, or a payload of another shape; the text names the field.
    pub fn parse(event: &str, payload: &RawValue) -> Result<Self, ParseError> {
        match event {
            "createRoom" => read(payload).map(Self::CreateRoom),
            "joinRoom" => read(payload).map(Self::JoinRoom),
            "leaveRoom" => Ok(Self::LeaveRoom),
            "createTransport" => {
                read::<CreateTransport>(payload).map(|request| Self::CreateTransport(request.direction))
            }
            "connectTransport" => read(payload).map(Self::ConnectTransport),
            "restartIce" => read::<OfTransport>(payload).map(|request| Self::RestartIce(request.transport_id)),
            "produce" => {
                rtp::refuse_unknown_codecs(payload)?;
                read(payload).map(Self::Produce)
            }
            "pauseProducer" => read::<OfProducer>(payload).map(|request| Self::PauseProducer(request.producer_id)),
            "resumeProducer" => read::<OfProducer>(payload).map(|request| Self::ResumeProducer(request.producer_id)),
            "closeProducer" => read::<OfProducer>(payload).map(|request| Self::CloseProducer(request.producer_id)),
            "consume" => read(payload).map(Self::Consume),
            "pauseConsumer" => read::<OfConsumer>(payload).map(|request| Self::PauseConsumer(request.consumer_id)),
            "resumeConsumer" => read::<OfConsumer>(payload).map(|request| Self::ResumeConsumer(request.consumer_id)),
            "closeConsumer" => read::<OfConsumer>(payload).map(|request| Self::CloseConsumer(request.consumer_id)),
            "setConsumerPreferredLayers" => read(payload).map(Self::SetConsumerPreferredLayers),
            "setConsumerPriority" => read::<SetConsumerPriority>(payload)
                .map(|request| Self::SetConsumerPriority(request.consumer_id, request.priority.into())),
            "requestConsumerKeyFrame" => {
                read::<OfConsumer>(payload).map(|request| Self::RequestConsumerKeyFrame(request.consumer_id))
            }
            "produceData" => read(payload).map(Self::ProduceData),
            "closeDataProducer" => {
                read::<OfDataProducer>(payload).map(|request| Self::CloseDataProducer(request.data_producer_id))
            }
            "consumeData" => read(payload).map(Self::ConsumeData),
            "closeDataConsumer" => {
                read::<OfDataConsumer>(payload).map(|request| Self::CloseDataConsumer(request.data_consumer_id))
            }
            "getProducers" => read::<CreateRoom>(payload).map(|request| Self::GetProducers(request.call_id)),
            "getTransportStats" => {
                read::<OfTransport>(payload).map(|request| Self::GetTransportStats(request.transport_id))
            }
            "getProducerStats" => {
                read::<OfProducer>(payload).map(|request| Self::GetProducerStats(request.producer_id))
            }
            "getConsumerStats" => {
                read::<OfConsumer>(payload).map(|request| Self::GetConsumerStats(request.consumer_id))
            }
            "sendMessage" => read(payload).map(Self::SendMessage),
            "kickPeer" => read(payload).map(|request| Self::Moderate(Moderation::Kick(request))),
            "mutePeer" => read(payload).map(|request| Self::Moderate(Moderation::Mute(request))),
            "setPeerRole" => read(payload).map(|request| Self::Moderate(Moderation::SetRole(request))),
            "lockRoom" => read(payload).map(|request| Self::Moderate(Moderation::Lock(request))),
            "closeRoom" => Ok(Self::Moderate(Moderation::Close)),
            unknown => Err(ParseError::UnknownEvent(unknown.chars().take(64).collect())),
        }
    }

    /// The event's name on the wire.
    pub const fn event(&self) -> &'static str {
        match self {
            Self::CreateRoom(_) => "createRoom",
            Self::JoinRoom(_) => "joinRoom",
            Self::LeaveRoom => "leaveRoom",
            Self::CreateTransport(_) => "createTransport",
            Self::ConnectTransport(_) => "connectTransport",
            Self::RestartIce(_) => "restartIce",
            Self::Produce(_) => "produce",
            Self::PauseProducer(_) => "pauseProducer",
            Self::ResumeProducer(_) => "resumeProducer",
            Self::CloseProducer(_) => "closeProducer",
            Self::Consume(_) => "consume",
            Self::PauseConsumer(_) => "pauseConsumer",
            Self::ResumeConsumer(_) => "resumeConsumer",
            Self::CloseConsumer(_) => "closeConsumer",
            Self::SetConsumerPreferredLayers(_) => "setConsumerPreferredLayers",
            Self::SetConsumerPriority(..) => "setConsumerPriority",
            Self::RequestConsumerKeyFrame(_) => "requestConsumerKeyFrame",
            Self::ProduceData(_) => "produceData",
            Self::CloseDataProducer(_) => "closeDataProducer",
            Self::ConsumeData(_) => "consumeData",
            Self::CloseDataConsumer(_) => "closeDataConsumer",
            Self::GetProducers(_) => "getProducers",
            Self::GetTransportStats(_) => "getTransportStats",
            Self::GetProducerStats(_) => "getProducerStats",
            Self::GetConsumerStats(_) => "getConsumerStats",
            Self::SendMessage(_) => "sendMessage",
            Self::Moderate(moderation) => moderation.event(),
        }
    }
}

#[derive(Deserialize)]
struct CreateTransport {
    direction: Direction,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfTransport {
    transport_id: TransportId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfProducer {
    producer_id: ProducerId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfConsumer {
    consumer_id: ConsumerId,
}

/// Highest index of a layer: scalability modes with a name have three (W3C WebRTC-SVC), simulcast up to eight encodings.
const MAX_LAYER: u8 = 7;

fn layer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        layer @ 0..=MAX_LAYER => Ok(layer),
        _ => Err(D::Error::custom(format_args!("expected a layer from 0 to {MAX_LAYER}"))),
    }
}

fn some_layer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    #[derive(Deserialize)]
    struct Layer(#[serde(deserialize_with = "layer")] u8);
    Ok(Option::<Layer>::deserialize(deserializer)?.map(|Layer(layer)| layer))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetConsumerPriority {
    consumer_id: ConsumerId,
    #[serde(default = "no_priority")]
    priority: NonZeroU8,
}

const fn no_priority() -> NonZeroU8 {
    NonZeroU8::MIN
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfDataProducer {
    data_producer_id: DataProducerId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfDataConsumer {
    data_consumer_id: DataConsumerId,
}

/// Longest part of a parser's own words that goes back to a client: they may quote what it sent.
const MAX_DETAIL: usize = 300;

fn read<T: DeserializeOwned>(payload: &RawValue) -> Result<T, ParseError> {
    if !payload.get().starts_with('{') {
        return Err(ParseError::Invalid("the payload: expected an object".to_owned()));
    }
    let mut deserializer = serde_json::Deserializer::from_str(payload.get());
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let field = error.path().to_string();
        let mut detail = error.into_inner().to_string();
        // The position is one in our copy of the payload: of no use to a client.
        if let Some(position) = detail.rfind(" at line ") {
            detail.truncate(position);
        }
        let detail: String = detail.chars().take(MAX_DETAIL).collect();
        ParseError::Invalid(if field == "." { detail } else { format!("{field}: {detail}") })
    })
}

#[cfg(test)]
mod tests;
