//! A room with a call in it, and the demand that a refused request changes nothing.

use super::{Client, TestServer};
use serde_json::{Value, json};

/// Anna publishes audio and video; Ben receives her audio. Each has a transport in both directions.
pub struct Scene {
    pub server: TestServer,
    pub anna: Client,
    pub ben: Client,
    pub anna_sends: String,
    pub anna_receives: String,
    pub ben_sends: String,
    pub ben_receives: String,
    pub audio: String,
    pub video: String,
    /// Ben's, of the audio.
    pub consumer: String,
}

impl Scene {
    pub async fn set() -> Self {
        Self::set_on(TestServer::start().await).await
    }

    pub async fn set_on(server: TestServer) -> Self {
        let (anna, _) = Client::joined(&server, "c", "anna").await;
        let (ben, _) = Client::joined(&server, "c", "ben").await;
        let (anna_sends, anna_receives) = (anna.create_transport("send").await, anna.create_transport("recv").await);
        let (ben_sends, ben_receives) = (ben.create_transport("send").await, ben.create_transport("recv").await);
        let (audio, video) = (anna.produce_audio(&anna_sends).await, anna.produce_video(&anna_sends).await);
        let consumer = super::fixtures::text(&ben.consume(&ben_receives, &audio).await, "id");
        Self { server, anna, ben, anna_sends, anna_receives, ben_sends, ben_receives, audio, video, consumer }
    }

    /// The request is refused with that code, nobody hears of anything, and nothing is made, lost or left behind.
    /// Gives the message.
    pub async fn refuses(&self, client: &Client, event: &str, payload: Value, code: &str) -> String {
        let (before, heard) = (self.server.counts().await, self.heard().await);
        let refusal = match client.request(event, payload.clone()).await {
            Err(refusal) => refusal,
            Ok(data) => panic!("{event} {payload} should be {code}, and got {data}"),
        };
        assert_eq!(refusal.code, code, "{event} {payload}: {}", refusal.message);
        self.server.until_counts(before).await;
        assert_eq!(self.heard().await, heard, "{event} {payload}");
        refusal.message
    }

    /// How many events both have had.
    async fn heard(&self) -> [usize; 2] {
        self.anna.catch_up("c").await;
        self.ben.catch_up("c").await;
        [self.anna.events().len(), self.ben.events().len()]
    }

    /// What `produce` takes, on Anna's send transport.
    pub fn produce(&self, kind: &str, rtp_parameters: Value) -> Value {
        json!({ "transportId": self.anna_sends, "kind": kind, "rtpParameters": rtp_parameters })
    }

    /// Both go, and nothing is left: not even while the room is still open, whose end would take everything along.
    pub async fn finish(self) {
        let (last, _) = Client::joined(&self.server, "c", "the last one").await;
        drop((self.anna, self.ben));
        self.server.until_peers_have([1, 0, 0, 0]).await;
        drop(last);
        self.server.finish().await;
    }
}
