//! Calls with media: what a client with a microphone and a camera does, signaling and endpoint together.

use super::capabilities::Capabilities;
use super::channel::ChannelSpec;
use super::endpoint::{DtlsRole, Endpoint};
use super::peer::RtcPeer;
use super::socket::Protocol;
use super::stream::{Kind, StreamSpec};
use super::transport::{DtlsParameters, IceParameters, TransportInfo};
use crate::support::fixtures::text;
use crate::support::{Client, Refusal, TestServer};
use serde_json::{Value, json};

/// A client in a room.
pub struct Caller {
    /// Its signaling.
    pub client: Client,
    /// For coming back over another socket.
    pub resume_token: Value,
    capabilities: Capabilities,
}

/// A transport with a connected endpoint.
pub struct Link {
    /// The transport's id.
    pub id: String,
    /// Its near end.
    pub peer: RtcPeer,
}

/// A stream that is sent.
#[derive(Debug, Clone)]
pub struct Published {
    /// The producer's id.
    pub producer: String,
    /// The SSRC with which it is sent.
    pub ssrc: u32,
}

/// A stream that is received.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The consumer's id.
    pub consumer: String,
    /// The SSRC with which it arrives.
    pub ssrc: u32,
}

impl Caller {
    /// Connects, makes the room and joins it.
    pub async fn join(server: &TestServer, call: &str, user: &str) -> Self {
        let (client, joined) = Client::joined(server, call, user).await;
        Self::of(client, &joined)
    }

    /// What a client has become by `joinRoom` and its answer.
    pub fn of(client: Client, joined: &Value) -> Self {
        let capabilities = Capabilities::of_router(client.capabilities());
        Self { client, resume_token: joined["resumeToken"].clone(), capabilities }
    }

    /// The payload type with which streams of this kind go both ways.
    pub fn payload_type(&self, kind: Kind) -> u8 {
        self.capabilities.payload_type(kind)
    }

    /// A transport on the server, and an endpoint of which it does not know yet.
    pub async fn prepare(&self, direction: &str, role: DtlsRole) -> (String, TransportInfo, Endpoint) {
        let created = self.client.ok("createTransport", json!({ "direction": direction })).await;
        let info = serde_json::from_value(created.clone()).expect("the parameters of a transport");
        (text(&created, "id"), info, Endpoint::new(self.capabilities, role))
    }

    /// `connectTransport`.
    pub async fn introduce(&self, transport: &str, dtls_parameters: &DtlsParameters) {
        let request = json!({ "transportId": transport, "dtlsParameters": dtls_parameters });
        self.client.ok("connectTransport", request).await;
    }

    /// A connected transport, `"send"` or `"recv"`.
    pub async fn open(&self, direction: &str, protocol: Protocol) -> Link {
        self.open_as(DtlsRole::Client, direction, protocol).await
    }

    /// The same with a role of choice in the DTLS handshake.
    pub async fn open_as(&self, role: DtlsRole, direction: &str, protocol: Protocol) -> Link {
        let (id, info, mut endpoint) = self.prepare(direction, role).await;
        self.introduce(&id, &endpoint.dtls_parameters()).await;
        Link { id, peer: endpoint.connect(&info, protocol).await }
    }

    /// A transport whose endpoint begins to connect; what the server says if it refuses.
    pub async fn try_open(&self, direction: &str) -> Result<Link, Refusal> {
        let created = self.client.request("createTransport", json!({ "direction": direction })).await?;
        let id = text(&created, "id");
        let info: TransportInfo = serde_json::from_value(created).expect("the parameters of a transport");
        let mut endpoint = Endpoint::new(self.capabilities, DtlsRole::Client);
        let connect = json!({ "transportId": id, "dtlsParameters": endpoint.dtls_parameters() });
        self.client.request("connectTransport", connect).await?;
        Ok(Link { id, peer: endpoint.start(&info, Protocol::Udp).await })
    }

    /// `produce`, and sends from now on; what the server says if it refuses.
    pub async fn try_publish(&self, link: &Link, spec: StreamSpec) -> Result<Published, Refusal> {
        let rtp_parameters = self.capabilities.rtp_parameters(&spec);
        let request = json!({ "transportId": link.id, "kind": spec.kind.name(), "rtpParameters": rtp_parameters });
        let producer = text(&self.client.request("produce", request).await?, "producerId");
        let ssrc = spec.ssrc;
        link.peer.send(spec);
        Ok(Published { producer, ssrc })
    }

    /// `consume` and `resumeConsumer`; what the server says if it refuses.
    pub async fn try_receive(&self, link: &Link, producer: &str) -> Result<Incoming, Refusal> {
        let request = self.client.consume_request(&link.id, producer);
        let consumed = self.client.request("consume", request).await?;
        let consumer = text(&consumed, "id");
        let ssrc = link.peer.expect(&consumed["rtpParameters"]);
        self.client.request("resumeConsumer", json!({ "consumerId": consumer })).await?;
        Ok(Incoming { consumer, ssrc })
    }

    /// `restartIce`: what the server is reached by from now on.
    pub async fn restart_ice(&self, link: &Link) -> IceParameters {
        let answer = self.client.ok("restartIce", json!({ "transportId": link.id })).await;
        serde_json::from_value(answer["iceParameters"].clone()).expect("the parameters of ICE")
    }

    /// `produce`, and sends from now on.
    pub async fn publish(&self, link: &Link, spec: StreamSpec) -> Published {
        let produced = self.produce(&link.id, &spec).await;
        link.peer.send(spec);
        produced
    }

    /// One track of video in several spatial layers, each a stream of its own, the smallest first; gives the producer.
    pub async fn publish_layers(&self, link: &Link, layers: &[StreamSpec]) -> String {
        let mut rtp_parameters = self.capabilities.rtp_parameters(&layers[0]);
        let encoding = |spec: &StreamSpec| json!({ "ssrc": spec.ssrc, "rtx": { "ssrc": spec.rtx_ssrc() } });
        rtp_parameters["encodings"] = layers.iter().map(encoding).collect();
        let request = json!({ "transportId": link.id, "kind": "video", "rtpParameters": rtp_parameters });
        let producer = text(&self.client.ok("produce", request).await, "producerId");
        layers.iter().for_each(|spec| link.peer.send(spec.clone()));
        producer
    }

    /// `produceData` with an endpoint that opens its end; gives the data producer.
    pub async fn open_channel(&self, link: &Link, spec: &ChannelSpec) -> String {
        let mut parameters = json!({ "streamId": spec.stream, "ordered": spec.max_retransmits.is_none() });
        if let Some(retransmits) = spec.max_retransmits {
            parameters["maxRetransmits"] = json!(retransmits);
        }
        let request = json!({ "transportId": link.id, "sctpStreamParameters": parameters });
        let producer = text(&self.client.ok("produceData", request).await, "dataProducerId");
        link.peer.open(spec);
        let stream = spec.stream;
        link.peer.until("an open channel", |now| now.heard(stream).open).await;
        producer
    }

    /// `consumeData` with an endpoint that opens its end on the same terms; gives the data consumer and its stream.
    pub async fn receive_channel(&self, link: &Link, data_producer: &str) -> (String, u16) {
        let consumed = self.client.consume_data(&link.id, data_producer).await;
        let parameters = &consumed["sctpStreamParameters"];
        let small = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
        let stream = small(&parameters["streamId"]).expect("a stream");
        link.peer.open(&ChannelSpec { stream, max_retransmits: small(&parameters["maxRetransmits"]) });
        link.peer.until("an open channel", |now| now.heard(stream).open).await;
        (text(&consumed, "dataConsumerId"), stream)
    }

    /// `produce`, and sends nothing.
    pub async fn produce(&self, transport: &str, spec: &StreamSpec) -> Published {
        let rtp_parameters = self.capabilities.rtp_parameters(spec);
        let request = json!({ "transportId": transport, "kind": spec.kind.name(), "rtpParameters": rtp_parameters });
        let producer = text(&self.client.ok("produce", request).await, "producerId");
        Published { producer, ssrc: spec.ssrc }
    }

    /// `consume` and `resumeConsumer`, with an endpoint that expects the stream.
    pub async fn receive(&self, link: &Link, published: &Published) -> Incoming {
        let incoming = self.consume(link, published).await;
        self.client.ok("resumeConsumer", json!({ "consumerId": incoming.consumer })).await;
        incoming
    }

    /// `consume` with an endpoint that expects the stream, which stays paused.
    pub async fn consume(&self, link: &Link, published: &Published) -> Incoming {
        let consumed = self.client.consume(&link.id, &published.producer).await;
        Incoming { consumer: text(&consumed, "id"), ssrc: link.peer.expect(&consumed["rtpParameters"]) }
    }
}
