//! The same protocol over HTTP long polling.

use crate::support::{Client, DEADLINE, TestServer, fixtures};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Between Engine.IO packets of one polling answer.
const SEPARATOR: char = '\u{1e}';

/// A Socket.IO client that polls.
struct Poller {
    http: reqwest::Client,
    url: String,
    received: VecDeque<String>,
}

impl Poller {
    async fn connect(server: &TestServer) -> Self {
        let http = reqwest::Client::builder().timeout(DEADLINE).build().expect("a client");
        let url = format!("{}/socket.io/?EIO=4&transport=polling", server.url());
        let open = http.get(&url).send().await.expect("an answer").text().await.expect("text");
        let open: Value = serde_json::from_str(open.strip_prefix('0').expect("an open packet")).expect("JSON");
        assert_eq!(open["upgrades"], json!(["websocket"]));
        let url = format!("{url}&sid={}", fixtures::text(&open, "sid"));
        let mut poller = Self { http, url, received: VecDeque::new() };
        poller.post("40").await;
        assert!(poller.next().await.starts_with("40{"));
        poller
    }

    async fn post(&self, packets: &str) {
        let response = self.http.post(&self.url).body(packets.to_owned()).send().await.expect("an answer");
        assert_eq!((response.status().as_u16(), response.text().await.expect("text").as_str()), (200, "ok"));
    }

    /// The next packet but pings, which are answered.
    async fn next(&mut self) -> String {
        loop {
            while let Some(packet) = self.received.pop_front() {
                if packet != "2" {
                    return packet;
                }
                self.post("3").await;
            }
            let response = self.http.get(&self.url).send().await.expect("an answer");
            assert_eq!(response.status().as_u16(), 200);
            let packets = response.text().await.expect("text");
            self.received.extend(packets.split(SEPARATOR).map(ToOwned::to_owned));
        }
    }

    /// `data` of the answer to a request; events on the way are passed over.
    async fn ok(&mut self, id: u32, event: &str, payload: Value) -> Value {
        self.post(&format!("42{id}{}", json!([event, payload]))).await;
        self.answer(id).await
    }

    async fn answer(&mut self, id: u32) -> Value {
        loop {
            let packet = self.next().await;
            if let Some(answer) = packet.strip_prefix(&format!("43{id}[")) {
                let answer: Value = serde_json::from_str(&answer[..answer.len() - 1]).expect("JSON");
                assert_eq!(answer["success"], true, "{answer}");
                return answer["data"].clone();
            }
        }
    }

    async fn event(&mut self) -> (String, Value) {
        let packet = self.next().await;
        let event = packet.strip_prefix("42").unwrap_or_else(|| panic!("an event: {packet}"));
        serde_json::from_str(event).expect("an event with a payload")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_polls_is_in_the_same_call() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let mut ben = Poller::connect(&server).await;
    let room = ben.ok(1, "createRoom", json!({ "callId": "c" })).await;
    let join = json!({ "callId": "c", "userId": "ben", "rtpCapabilities": room["rtpCapabilities"] });
    let joined = ben.ok(2, "joinRoom", join).await;
    assert_eq!(joined["peers"][0]["userId"], "anna");
    assert_eq!(anna.next_event("peerJoined").await["peerId"], joined["peerId"]);

    let audio = anna.produce_audio(&anna.create_transport("send").await).await;
    let (name, announced) = ben.event().await;
    assert_eq!((&*name, &announced["producerId"]), ("newProducer", &json!(audio)));
    let transport = ben.ok(3, "createTransport", json!({ "direction": "recv" })).await;
    let consume =
        json!({ "transportId": transport["id"], "producerId": audio, "rtpCapabilities": room["rtpCapabilities"] });
    let consumer = ben.ok(4, "consume", consume).await;
    ben.ok(5, "resumeConsumer", json!({ "consumerId": consumer["id"] })).await;
    assert_eq!(server.counts().await, [1, 2, 2, 1, 1]);

    // Several packets in one request are several requests.
    let pause = json!(["pauseConsumer", { "consumerId": consumer["id"] }]);
    ben.post(&format!("426{pause}{SEPARATOR}427{pause}")).await;
    assert_eq!((ben.answer(6).await, ben.answer(7).await), (json!({}), json!({})));

    // Engine.IO's close packet: it is gone at once, not only when it is missed.
    ben.post("1").await;
    assert_eq!(anna.next_event("peerLeft").await["reason"], "disconnected");
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_polling_is_missed() {
    let server = TestServer::start_with(|config| {
        config.signaling.ping_interval_ms = 100;
        config.signaling.ping_timeout_ms = 200;
    });
    let server = server.await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let mut ben = Poller::connect(&server).await;
    ben.ok(1, "joinRoom", json!({ "callId": "c", "userId": "ben", "rtpCapabilities": {} })).await;
    assert_eq!(anna.next_event("peerLeft").await["userId"], "ben");
    drop(anna);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polled_message_larger_than_allowed_is_refused() {
    let server = TestServer::start().await;
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    let ben = Poller::connect(&server).await;
    let huge = format!("421[\"createRoom\",{{\"callId\":\"{}\"}}]", "x".repeat(100_000));
    let response = ben.http.post(&ben.url).body(huge).send().await.expect("an answer");
    assert!(response.status().is_client_error(), "{}", response.status());
    anna.catch_up("c").await;
    drop((anna, ben));
    server.finish().await;
}
