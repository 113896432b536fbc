//! A Socket.IO client that does no more than it must, so that it takes little from the server's cores.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Stands in the acknowledgement of a request that failed.
const REFUSED: &str = r#""success":false"#;

pub struct Peer {
    socket: WebSocketStream<TcpStream>,
    asked: u64,
    unread_events: usize,
}

impl Peer {
    pub async fn connect(port: u16) -> Self {
        Self::enter(port, "40".to_owned()).await
    }

    /// With a token.
    pub async fn connect_as(port: u16, token: &str) -> Self {
        Self::enter(port, format!("40{}", json!({ "token": token }))).await
    }

    async fn enter(port: u16, packet: String) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
        stream.set_nodelay(true).expect("is a TCP socket");
        let url = format!("ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.expect("upgrades");
        let mut peer = Self { socket, asked: 0, unread_events: 0 };
        assert!(peer.read().await.starts_with('0'));
        peer.write(packet).await;
        let entered = peer.read().await;
        assert!(entered.starts_with("40"), "{entered}");
        peer
    }

    async fn write(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.expect("sends");
    }

    /// The next packet that is not a ping.
    async fn read(&mut self) -> String {
        loop {
            match self.socket.next().await.expect("stays open").expect("reads") {
                Message::Text(text) if text.as_str() == "2" => self.write("3".to_owned()).await,
                Message::Text(text) => return text.to_string(),
                _ => {}
            }
        }
    }

    /// Asks, and returns the acknowledgement's text.
    pub async fn request(&mut self, event: &str, payload: &str) -> String {
        let packet = self.ask(event, payload).await;
        assert!(!packet.contains(REFUSED), "{event}: {packet}");
        packet
    }

    /// Whether what is asked for is granted.
    pub async fn try_request(&mut self, event: &str, payload: &str) -> bool {
        !self.ask(event, payload).await.contains(REFUSED)
    }

    async fn ask(&mut self, event: &str, payload: &str) -> String {
        self.asked += 1;
        let id = self.asked;
        self.write(format!("42{id}[\"{event}\",{payload}]")).await;
        let prefix = format!("43{id}[");
        loop {
            let packet = self.read().await;
            if packet.starts_with(&prefix) {
                return packet;
            }
            self.unread_events += 1;
        }
    }

    /// Makes the room if need be and joins it; how long the joining took.
    pub async fn join(&mut self, room: &str) -> Duration {
        let answer = self.request("createRoom", &json!({ "callId": room }).to_string()).await;
        let answer: Value = serde_json::from_str(&answer[answer.find('[').expect("an array")..]).expect("JSON");
        let capabilities = &answer[0]["data"]["rtpCapabilities"];
        let join = json!({ "callId": room, "userId": "bench", "rtpCapabilities": capabilities });
        let started = Instant::now();
        self.request("joinRoom", &join.to_string()).await;
        started.elapsed()
    }

    /// Waits for that many events more.
    pub async fn events(&mut self, count: usize) {
        for _ in 0..count {
            if self.unread_events > 0 {
                self.unread_events -= 1;
            } else {
                self.read().await;
            }
        }
    }

    pub async fn close(mut self) {
        // The server may have closed first.
        let _ = self.socket.close(None).await;
    }
}
