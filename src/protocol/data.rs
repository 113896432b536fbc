//! Data channels on the wire: how they are asked for, answered and announced.

use super::{AppData, ChannelName, Reason, UserId};
use crate::ids::{DataConsumerId, DataProducerId, PeerId, TransportId};
use crate::media::protocol::SctpStreamParameters;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Highest SCTP stream: the one above is reserved (RFC 8832 §6).
const MAX_STREAM: u16 = 65_534;

/// `produceData`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProduceData {
    /// A `send` transport of the client's.
    pub transport_id: TransportId,
    /// On which stream the client sends, and how reliably.
    #[serde(deserialize_with = "stream")]
    pub sctp_stream_parameters: SctpStreamParameters,
    /// The channel's name.
    #[serde(default)]
    pub label: ChannelName,
    /// The name of what is spoken on it.
    #[serde(default)]
    pub protocol: ChannelName,
    /// The application's own data, passed on to everybody.
    #[serde(default)]
    pub app_data: AppData,
}

/// `consumeData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsumeData {
    /// A `recv` transport of the client's.
    pub transport_id: TransportId,
    /// Somebody else's data producer.
    pub data_producer_id: DataProducerId,
}

/// One data producer in a peer's entry of `joinRoom`'s answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataProducerInfo {
    /// What to consume.
    pub data_producer_id: DataProducerId,
    /// The channel's name.
    pub label: ChannelName,
    /// The name of what is spoken on it.
    pub protocol: ChannelName,
    /// Its owner's own data.
    pub app_data: AppData,
}

/// Of `newDataProducer` and `dataProducerClosed`, and one data producer in `getProducers`' answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataProducerRef {
    /// The data producer.
    pub data_producer_id: DataProducerId,
    /// Whose it is.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// The channel's name.
    pub label: ChannelName,
    /// The name of what is spoken on it.
    pub protocol: ChannelName,
    /// Its owner's own data.
    pub app_data: AppData,
    /// Why it was closed, if its owner did not do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// To `produceData`: the same id under both names.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataProduced {
    /// The data producer.
    pub data_producer_id: DataProducerId,
    /// The data producer again, as mediasoup-client's examples name it.
    pub id: DataProducerId,
}

/// To `consumeData`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataConsumed {
    /// The data consumer, as `transport.consumeData` takes it.
    pub id: DataConsumerId,
    /// The data consumer again.
    pub data_consumer_id: DataConsumerId,
    /// What it receives.
    pub data_producer_id: DataProducerId,
    /// On which stream it will be sent, and how reliably.
    pub sctp_stream_parameters: SctpStreamParameters,
    /// The channel's name.
    pub label: ChannelName,
    /// The name of what is spoken on it.
    pub protocol: ChannelName,
    /// The data producer's owner's own data.
    pub app_data: AppData,
    /// Whose it is.
    pub peer_id: PeerId,
}

/// One of a resumed peer's data consumers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnDataConsumer {
    /// The data consumer.
    pub data_consumer_id: DataConsumerId,
    /// What it receives.
    pub data_producer_id: DataProducerId,
}

/// Of `dataConsumerClosed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataConsumerRef {
    /// The receiver's own data consumer.
    pub data_consumer_id: DataConsumerId,
    /// What it received.
    pub data_producer_id: DataProducerId,
    /// Why.
    pub reason: Reason,
}

/// Reads `sctpStreamParameters`: in order and reliable unless something else is said.
fn stream<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SctpStreamParameters, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stream {
        stream_id: u16,
        ordered: Option<bool>,
        max_packet_life_time: Option<u16>,
        max_retransmits: Option<u16>,
    }
    let Stream { stream_id, ordered, max_packet_life_time, max_retransmits } = Stream::deserialize(deserializer)?;
    let reliable = max_packet_life_time.is_none() && max_retransmits.is_none();
    let ordered = ordered.unwrap_or(reliable);
    let refusal = match () {
        () if stream_id > MAX_STREAM => "streamId: expected 0 to 65534",
        () if max_packet_life_time.is_some() && max_retransmits.is_some() => {
            "either maxPacketLifeTime or maxRetransmits, not both"
        }
        () if ordered && !reliable => "ordered: with maxPacketLifeTime or maxRetransmits it has to be false",
        () => return Ok(SctpStreamParameters { stream_id, ordered, max_packet_life_time, max_retransmits }),
    };
    Err(D::Error::custom(refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(parameters: Value) -> Result<SctpStreamParameters, String> {
        let request = json!({ "transportId": "x", "sctpStreamParameters": parameters });
        let request: Result<ProduceData, _> = serde_json::from_value(request);
        request.map(|request| request.sctp_stream_parameters).map_err(|error| error.to_string())
    }

    #[test]
    fn a_channel_is_reliable_and_in_order_unless_it_says_otherwise() {
        let stream = |ordered, max_packet_life_time, max_retransmits| {
            Ok(SctpStreamParameters { stream_id: 7, ordered, max_packet_life_time, max_retransmits })
        };
        assert_eq!(read(json!({ "streamId": 7 })), stream(true, None, None));
        assert_eq!(read(json!({ "streamId": 7, "ordered": false })), stream(false, None, None));
        assert_eq!(read(json!({ "streamId": 7, "maxRetransmits": 0 })), stream(false, None, Some(0)));
        let lifetime = json!({ "streamId": 7, "ordered": false, "maxPacketLifeTime": 50, "maxRetransmits": null });
        assert_eq!(read(lifetime), stream(false, Some(50), None));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let refused = [
            (json!({}), "missing field `streamId`"),
            (json!({ "streamId": 65535 }), "streamId: expected 0 to 65534"),
            (json!({ "streamId": 1, "maxPacketLifeTime": 1, "maxRetransmits": 1 }), "not both"),
            (json!({ "streamId": 1, "ordered": true, "maxRetransmits": 1 }), "it has to be false"),
            (json!({ "streamId": -1 }), "invalid value"),
        ];
        for (parameters, why) in refused {
            let error = read(parameters).expect_err("is refused");
            assert!(error.contains(why), "{error}");
        }
    }
}
