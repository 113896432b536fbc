//! A Socket.IO client over HTTP long polling.

use super::{DEADLINE, TestServer, fixtures};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Between Engine.IO packets of one polling answer.
pub const SEPARATOR: char = '\u{1e}';

/// A Socket.IO client that polls.
pub struct Poller {
    http: reqwest::Client,
    url: String,
    received: VecDeque<String>,
}

impl Poller {
    /// Connects and enters the namespace.
    pub async fn connect(server: &TestServer) -> Self {
        let (poller, connect) = Self::knock(server, "40").await;
        assert!(connect.starts_with("40{"), "{connect}");
        poller
    }

    /// Connects and sends that connect packet; the packet that answers it.
    pub async fn knock(server: &TestServer, packet: &str) -> (Self, String) {
        let http = reqwest::Client::builder().timeout(DEADLINE).build().expect("a client");
        let url = format!("{}/socket.io/?EIO=4&transport=polling", server.url());
        let open = http.get(&url).send().await.expect("an answer").text().await.expect("text");
        let open: Value = serde_json::from_str(open.strip_prefix('0').expect("an open packet")).expect("JSON");
        assert_eq!(open["upgrades"], json!(["websocket"]));
        let url = format!("{url}&sid={}", fixtures::text(&open, "sid"));
        let mut poller = Self { http, url, received: VecDeque::new() };
        poller.post(packet).await;
        let answer = poller.next().await;
        (poller, answer)
    }

    /// Sends packets.
    pub async fn post(&self, packets: &str) {
        let response = self.try_post(packets.to_owned()).await;
        assert_eq!((response.status().as_u16(), response.text().await.expect("text").as_str()), (200, "ok"));
    }

    pub async fn try_post(&self, packets: String) -> reqwest::Response {
        self.http.post(&self.url).body(packets).send().await.expect("an answer")
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
    pub async fn ok(&mut self, id: u32, event: &str, payload: Value) -> Value {
        self.post(&format!("42{id}{}", json!([event, payload]))).await;
        self.answer(id).await
    }

    /// `data` of the answer to an earlier request.
    pub async fn answer(&mut self, id: u32) -> Value {
        loop {
            let packet = self.next().await;
            if let Some(answer) = packet.strip_prefix(&format!("43{id}[")) {
                let answer: Value = serde_json::from_str(&answer[..answer.len() - 1]).expect("JSON");
                assert_eq!(answer["success"], true, "{answer}");
                return answer["data"].clone();
            }
        }
    }

    /// The next packet, an event.
    pub async fn event(&mut self) -> (String, Value) {
        let packet = self.next().await;
        let event = packet.strip_prefix("42").unwrap_or_else(|| panic!("an event: {packet}"));
        serde_json::from_str(event).expect("an event with a payload")
    }
}
