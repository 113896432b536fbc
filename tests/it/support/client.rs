//! A Socket.IO client (protocol 5 over Engine.IO 4) on a WebSocket, small enough that a scenario can also send what no
//! well-behaved client would.

use super::inbox::{Answer, Inbox, Pending, Received};
use super::raw::{self, Stream};
use super::{DEADLINE, TestServer};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// Engine.IO's packets for whether the other side is there.
const PING: &str = "2";
const PONG: &str = "3";

/// A connected client. Dropping it is killing it.
pub struct Client {
    inbox: Arc<Inbox>,
    out: mpsc::UnboundedSender<Vec<Message>>,
    reading: watch::Sender<bool>,
    task: JoinHandle<()>,
    /// The room's `rtpCapabilities`, from its createRoom.
    pub(super) capabilities: OnceLock<Value>,
}

impl Client {
    /// Connects and enters the namespace.
    pub async fn connect(server: &TestServer) -> Self {
        Self::try_connect(server).await.unwrap_or_else(|refusal| panic!("connect_error: {refusal}"))
    }

    /// The same; what `connect_error` says if the server refuses.
    pub async fn try_connect(server: &TestServer) -> Result<Self, Value> {
        Self::enter(raw::handshake(server)).await
    }

    /// The same with some headers on the handshake, as a proxy would add them.
    pub async fn try_connect_with(server: &TestServer, headers: &[(&'static str, &str)]) -> Result<Self, Value> {
        Self::enter(raw::handshake_with(server, headers)).await
    }

    /// Connects, and reads nothing from then on: what the server sends soon stays with the server.
    pub async fn connect_deaf(server: &TestServer) -> Self {
        let connected = Self::enter(raw::handshake_with_little_room(server.url())).await;
        let deaf = connected.unwrap_or_else(|refusal| panic!("connect_error: {refusal}"));
        deaf.reading.send_replace(false);
        deaf
    }

    /// Connects and enters the namespace with that `auth`.
    pub async fn try_connect_as(server: &TestServer, auth: &Value) -> Result<Self, Value> {
        Self::enter_by(raw::handshake(server), &format!("40{auth}")).await
    }

    /// The same with a token that has to be good.
    pub async fn connect_as(server: &TestServer, token: &str) -> Self {
        let connected = Self::try_connect_as(server, &json!({ "token": token })).await;
        connected.unwrap_or_else(|refusal| panic!("connect_error: {refusal}"))
    }

    /// The same with something added to the query of the URL.
    pub async fn try_connect_by(server: &TestServer, query: &str) -> Result<Self, Value> {
        Self::enter(raw::handshake_by(server, query)).await
    }

    async fn enter(handshake: impl Future<Output = Stream>) -> Result<Self, Value> {
        Self::enter_by(handshake, "40").await
    }

    async fn enter_by(handshake: impl Future<Output = Stream>, packet: &str) -> Result<Self, Value> {
        let connecting = async {
            let mut stream = handshake.await;
            raw::send(&mut stream, packet).await;
            let connect = raw::text(&mut stream).await;
            match connect.strip_prefix("44") {
                Some(refusal) => Err(serde_json::from_str::<Value>(refusal).expect("JSON")),
                None => {
                    assert!(connect.starts_with("40{"), "Socket.IO connects: {connect}");
                    Ok(stream)
                }
            }
        };
        let stream = tokio::time::timeout(DEADLINE, connecting).await.expect("connected in time")?;
        let inbox = Arc::new(Inbox::new());
        #[expect(clippy::disallowed_methods, reason = "as long as what the scenario sends")]
        let (out, outgoing) = mpsc::unbounded_channel();
        let (reading, may_read) = watch::channel(true);
        let task = tokio::spawn(carry(stream, Arc::clone(&inbox), outgoing, may_read));
        Ok(Self { inbox, out, reading, task, capabilities: OnceLock::new() })
    }

    /// Sends a request and does not wait: what is sent after it is behind it.
    pub fn send(&self, event: &str, payload: Value) -> Pending {
        self.send_arguments(&[json!(event), payload])
    }

    /// Sends a request of any arguments, the event's name being the first.
    pub fn send_arguments(&self, arguments: &[Value]) -> Pending {
        let (id, pending) = self.inbox.expect_answer(&arguments[0].to_string());
        self.emit_raw(format!("42{id}{}", json!(arguments)));
        pending
    }

    /// Sends many requests at once, in as few TCP segments as they fit in.
    pub fn send_all(&self, requests: impl IntoIterator<Item = (&'static str, Value)>) -> Vec<Pending> {
        let mut frames = Vec::new();
        let mut pending = Vec::new();
        for (event, payload) in requests {
            let (id, answer) = self.inbox.expect_answer(event);
            frames.push(Message::text(format!("42{id}{}", json!([event, payload]))));
            pending.push(answer);
        }
        self.put(frames);
        pending
    }

    /// Sends a request and waits for its answer: `data`, or `error`.
    pub async fn request(&self, event: &str, payload: Value) -> Answer {
        self.send(event, payload).answer().await
    }

    /// [`Self::request`] that has to succeed.
    pub async fn ok(&self, event: &str, payload: Value) -> Value {
        self.request(event, payload).await.unwrap_or_else(|refusal| panic!("{event}: {refusal}"))
    }

    /// [`Self::request`] that has to be refused: the code.
    pub async fn refused(&self, event: &str, payload: Value) -> String {
        match self.request(event, payload.clone()).await {
            Err(refusal) => refusal.code,
            Ok(data) => panic!("{event} {payload} should be refused, and got {data}"),
        }
    }

    /// Sends an event without a callback.
    pub fn emit_without_callback(&self, event: &str, payload: Value) {
        self.emit_raw(format!("42{}", json!([event, payload])));
    }

    /// Sends any text as one frame, `42…` being a Socket.IO event.
    pub fn emit_raw(&self, text: impl Into<String>) {
        self.put(vec![Message::text(text.into())]);
    }

    /// Sends a raw request that has a callback; `frame` is given its number.
    pub fn send_raw(&self, frame: impl FnOnce(u64) -> Vec<Message>) -> Pending {
        let (id, pending) = self.inbox.expect_answer("a raw frame");
        self.put(frame(id));
        pending
    }

    fn put(&self, frames: Vec<Message>) {
        // A closed socket takes everything; the answers tell.
        drop(self.out.send(frames));
    }

    /// The next event of that name, within the deadline; those of other names stay for later.
    pub async fn next_event(&self, name: &str) -> Value {
        self.next_event_within(name, DEADLINE).await
    }

    /// The same with a deadline of its own, for what the server itself waits longer for.
    pub async fn next_event_within(&self, name: &str, deadline: Duration) -> Value {
        self.inbox.next_event(name, deadline).await
    }

    /// The oldest event of one of these names that was not given out before, if it is here already.
    pub fn take_event(&self, names: &[&str]) -> Option<(String, Value)> {
        self.inbox.take_event(names)
    }

    /// The same, once it is here, however long that takes.
    pub async fn event_among(&self, names: &[&str]) -> (String, Value) {
        self.inbox.event_among(names).await
    }

    /// All events so far, in order. With a request answered before, complete up to that answer.
    pub fn events(&self) -> Vec<(String, Value)> {
        let events = self.inbox.received().into_iter().filter_map(|received| match received {
            Received::Event(name, payload) => Some((name, payload)),
            Received::Ack(..) => None,
        });
        events.collect()
    }

    /// The names of [`Self::events`].
    pub fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|(name, _)| name).collect()
    }

    /// Answers and events so far, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.inbox.received()
    }

    /// Waits until the server has closed the connection.
    pub async fn until_closed(&self) {
        self.inbox.until_closed().await;
    }

    /// A client that was deaf reads from now on.
    pub fn read_on(&self) {
        self.reading.send_replace(true);
    }

    /// Says goodbye as socket.io-client does: leaves the namespace, then closes the WebSocket.
    pub async fn close(self) {
        self.put(vec![Message::text("41"), Message::Close(None)]);
        self.until_closed().await;
    }

    /// Drops the TCP connection without a word.
    pub async fn kill(mut self) {
        self.task.abort();
        drop((&mut self.task).await);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Carries frames both ways until the connection ends.
async fn carry(
    mut stream: Stream,
    inbox: Arc<Inbox>,
    mut outgoing: mpsc::UnboundedReceiver<Vec<Message>>,
    mut may_read: watch::Receiver<bool>,
) {
    loop {
        let reading = *may_read.borrow_and_update();
        tokio::select! {
            frame = stream.next(), if reading => match frame {
                Some(Ok(Message::Text(text))) => {
                    if text.as_str() == PING {
                        drop(stream.send(Message::text(PONG)).await);
                    } else if !take_in(&text, &inbox) {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            frames = outgoing.recv() => {
                let Some(frames) = frames else { break };
                for frame in frames {
                    drop(stream.feed(frame).await);
                }
                drop(stream.flush().await);
            }
            _ = may_read.changed() => {}
        }
    }
    inbox.close();
}

/// False when the server says goodbye.
fn take_in(text: &str, inbox: &Inbox) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if let Some(event) = text.strip_prefix("42") {
        let (name, payload) = serde_json::from_str(event).unwrap_or_else(|_| panic!("an event with a payload: {text}"));
        inbox.receive(Received::Event(name, payload));
    } else if let Some(ack) = text.strip_prefix("43") {
        let (id, answer) = ack.split_at(digits(ack));
        let [answer]: [Value; 1] = serde_json::from_str(answer).unwrap_or_else(|_| panic!("one argument: {text}"));
        inbox.receive(Received::Ack(id.parse().expect("a number"), answer));
    } else {
        assert!(text == "41" || text == "1", "an unexpected frame: {text}");
        return false;
    }
    true
}
