//! Somebody in a call of the server: signaling and endpoints.

use super::DEADLINE;
use colloquy_load::rtc::{Capabilities, Endpoint, Link, Meter, StreamId, SubscribeOptions, Track};
use colloquy_load::socketio::{Events, Socket};
use serde_json::{Value, json};
use tokio::time::timeout;

/// A client in a room.
pub struct Caller {
    socket: Socket,
    events: Events,
    capabilities: Capabilities,
}

/// A transport with a connected endpoint.
pub struct Transport {
    id: String,
    /// Its near end.
    pub link: Link,
}

/// A consumer.
pub struct Incoming {
    /// Its id.
    pub consumer: String,
    /// By what the link knows it.
    pub stream: StreamId,
}

impl Caller {
    /// Makes the room or finds it, and enters; hears those events.
    pub async fn join(url: &str, call: &str, user: &str, events: &'static [&'static str]) -> Self {
        let (socket, events) = Socket::connect(url, None, events).await.expect("connects");
        let room = granted("createRoom", socket.ask("createRoom", &json!({ "callId": call })).await.expect("answers"));
        let capabilities = Capabilities::of_router(&room["rtpCapabilities"]).expect("codecs that are known");
        let caller = Self { socket, events, capabilities };
        let shown = caller.capabilities.rtp_capabilities();
        caller.ask("joinRoom", json!({ "callId": call, "userId": user, "rtpCapabilities": shown })).await;
        caller
    }

    /// A request that is granted: its data.
    pub async fn ask(&self, event: &str, payload: Value) -> Value {
        granted(event, self.socket.ask(event, &payload).await.expect("answers"))
    }

    /// A connected transport, `"send"` or `"recv"`.
    pub async fn open(&self, direction: &str) -> Transport {
        let created = self.ask("createTransport", json!({ "direction": direction })).await;
        let id = created["id"].as_str().expect("an id").to_owned();
        let mut endpoint = Endpoint::new(&self.capabilities, &Meter::default());
        let dtls_parameters = endpoint.dtls_parameters();
        self.ask("connectTransport", json!({ "transportId": id, "dtlsParameters": dtls_parameters })).await;
        let link = endpoint.connect(&created).expect("begins to connect");
        link.until_connected(DEADLINE).await.expect("connects");
        Transport { id, link }
    }

    /// `produce`, and sends from now on; gives the producer.
    pub async fn publish(&self, transport: &Transport, track: &Track) -> String {
        let rtp_parameters = track.rtp_parameters(&self.capabilities).expect("its codec is there");
        let kind = track.kind().name();
        let request = json!({ "transportId": transport.id, "kind": kind, "rtpParameters": rtp_parameters });
        let produced = self.ask("produce", request).await;
        transport.link.publish(track.clone()).expect("is sent");
        produced["producerId"].as_str().expect("an id").to_owned()
    }

    /// `consume` and `resumeConsumer`.
    pub async fn receive(&self, transport: &Transport, producer: &str, options: SubscribeOptions) -> Incoming {
        let shown = self.capabilities.rtp_capabilities();
        let request = json!({ "transportId": transport.id, "producerId": producer, "rtpCapabilities": shown });
        let consumed = self.ask("consume", request).await;
        let stream = transport.link.expect(&consumed["rtpParameters"], options).expect("is counted");
        let consumer = consumed["id"].as_str().expect("an id").to_owned();
        self.ask("resumeConsumer", json!({ "consumerId": consumer })).await;
        Incoming { consumer, stream }
    }

    /// Waits for an event like that; gives its payload.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn hears(&mut self, what: &str, fits: impl Fn(&str, &Value) -> bool) -> Value {
        let heard = timeout(DEADLINE, async {
            loop {
                let (event, payload) = self.events.next().await.expect("goes on");
                if fits(&event, &payload) {
                    return payload;
                }
            }
        });
        heard.await.unwrap_or_else(|_| panic!("waiting for {what}"))
    }
}

fn granted(event: &str, mut answer: Value) -> Value {
    assert_eq!(answer["success"], true, "{event}: {answer}");
    answer["data"].take()
}
