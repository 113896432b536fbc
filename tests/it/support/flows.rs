//! What clients usually do, in one call each.

use super::{Answer, Client, TestServer, fixtures};
use serde_json::{Value, json};

impl Client {
    /// Connects, makes the room and joins it; gives the client and `joinRoom`'s answer.
    pub async fn joined(server: &TestServer, call: &str, user: &str) -> (Self, Value) {
        let client = Self::connect(server).await;
        let joined = client.create_and_join(call, user).await;
        (client, joined)
    }

    /// `createRoom`; keeps the capabilities that it answers.
    pub async fn create(&self, call: &str) -> &Value {
        let room = self.ok("createRoom", json!({ "callId": call })).await;
        self.capabilities.get_or_init(|| room["rtpCapabilities"].clone())
    }

    /// `createRoom` and `joinRoom`; gives the latter's answer.
    pub async fn create_and_join(&self, call: &str, user: &str) -> Value {
        self.create(call).await;
        self.ok("joinRoom", self.join_request(call, user)).await
    }

    /// [`Self::create_and_join`] that may be refused, as when the room closes just then.
    pub async fn try_create_and_join(&self, call: &str, user: &str) -> Answer {
        let room = self.request("createRoom", json!({ "callId": call })).await?;
        self.capabilities.get_or_init(|| room["rtpCapabilities"].clone());
        self.request("joinRoom", self.join_request(call, user)).await
    }

    /// The payload of [`Self::create_and_join`]'s `joinRoom`.
    fn join_request(&self, call: &str, user: &str) -> Value {
        json!({ "callId": call, "userId": user, "displayName": user, "rtpCapabilities": self.capabilities() })
    }

    /// Connects anew and goes on as the peer whose token that is; gives the client and `joinRoom`'s answer.
    pub async fn resumed(server: &TestServer, call: &str, user: &str, token: &Value) -> (Self, Value) {
        let client = Self::connect(server).await;
        let answer = client.resume(call, user, token).await.unwrap_or_else(|refusal| panic!("joinRoom: {refusal}"));
        assert_eq!(answer["resumed"], true, "{answer}");
        (client, answer)
    }

    /// `createRoom`, as after any new connection, and `joinRoom` with a token.
    pub async fn resume(&self, call: &str, user: &str, token: &Value) -> Answer {
        self.create(call).await;
        let mut join = self.join_request(call, user);
        join["resumeToken"] = token.clone();
        self.request("joinRoom", join).await
    }

    /// What this client can receive: all that the room carries.
    pub fn capabilities(&self) -> &Value {
        self.capabilities.get().expect("create was called")
    }

    /// `createTransport` with `"send"` or `"recv"`; gives the transport's id.
    pub async fn create_transport(&self, direction: &str) -> String {
        fixtures::text(&self.ok("createTransport", json!({ "direction": direction })).await, "id")
    }

    /// `connectTransport` with a fingerprint of no certificate: DTLS will not come about, all else does.
    pub async fn connect_transport(&self, transport: &str) {
        let request = json!({ "transportId": transport, "dtlsParameters": fixtures::dtls() });
        self.ok("connectTransport", request).await;
    }

    /// `produce` of Opus; gives the producer's id.
    pub async fn produce_audio(&self, transport: &str) -> String {
        self.produce(transport, "audio", fixtures::audio()).await
    }

    /// `produce` of VP8; gives the producer's id.
    pub async fn produce_video(&self, transport: &str) -> String {
        self.produce(transport, "video", fixtures::video()).await
    }

    async fn produce(&self, transport: &str, kind: &str, rtp_parameters: Value) -> String {
        let request = json!({ "transportId": transport, "kind": kind, "rtpParameters": rtp_parameters });
        fixtures::text(&self.ok("produce", request).await, "producerId")
    }

    /// `produceData` of a reliable channel on a stream; gives the data producer's id.
    pub async fn produce_data(&self, transport: &str, stream: u16) -> String {
        fixtures::text(&self.ok("produceData", fixtures::channel(transport, stream)).await, "dataProducerId")
    }

    /// `consumeData`; gives the answer.
    pub async fn consume_data(&self, transport: &str, data_producer: &str) -> Value {
        self.ok("consumeData", json!({ "transportId": transport, "dataProducerId": data_producer })).await
    }

    /// `consume` with the room's own capabilities; gives the answer.
    pub async fn consume(&self, transport: &str, producer: &str) -> Value {
        self.ok("consume", self.consume_request(transport, producer)).await
    }

    /// The payload of [`Self::consume`].
    pub fn consume_request(&self, transport: &str, producer: &str) -> Value {
        json!({ "transportId": transport, "producerId": producer, "rtpCapabilities": self.capabilities() })
    }

    /// Waits until everything is here that the room told this client before now, by a request through the room.
    pub async fn catch_up(&self, call: &str) {
        self.ok("getProducers", json!({ "callId": call })).await;
    }
}
