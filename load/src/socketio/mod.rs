//! A Socket.IO client (protocol 5 over Engine.IO 4) on a WebSocket: small, for there are thousands of it in one process.

mod carrier;
mod handshake;
mod packet;
mod waiting;

use crate::target::TargetError;
use carrier::Carrier;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
pub(crate) use waiting::Waiting;

/// How long connecting, and each answer, may take.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// How long the end of a connection may take.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// Packets that may wait to be sent; more than a participant has requests under way.
const MAX_OUTGOING: usize = 512;
/// Events that may wait for a participant: some of every peer in a room of hundreds.
const MAX_EVENTS: usize = 4096;

/// The sending side of a connection. Dropping it ends the connection without a word.
pub struct Socket {
    outgoing: mpsc::Sender<String>,
    waiting: Arc<Waiting>,
    carrier: JoinHandle<()>,
}

/// What the server says of itself.
pub struct Events(mpsc::Receiver<(String, Value)>);

impl Events {
    /// The next event, as name and payload; nothing once the connection has ended. May be cancelled.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        self.0.recv().await
    }

    /// The next event that is here already.
    pub fn next_now(&mut self) -> Option<(String, Value)> {
        self.0.try_recv().ok()
    }
}

impl Socket {
    /// Connects and enters the namespace `/`. Of what the server emits only the `wanted` events are kept; the others are
    /// not even read.
    ///
    /// # Errors
    /// When there is no such server in time, or it refuses; then with its code if it has one.
    pub async fn connect(
        url: &str,
        auth: Option<&Value>,
        wanted: &'static [&'static str],
    ) -> Result<(Self, Events), TargetError> {
        let entering = handshake::enter(url, auth);
        let (stream, patience) = timeout(DEADLINE, entering).await.map_err(|_| TargetError::late("connecting"))??;
        let (outgoing, to_send) = mpsc::channel(MAX_OUTGOING);
        let (events, received) = mpsc::channel(MAX_EVENTS);
        let waiting = Arc::new(Waiting::default());
        let carrier = Carrier { stream, patience, to_send, events, wanted, waiting: Arc::clone(&waiting) };
        Ok((Self { outgoing, waiting, carrier: tokio::spawn(carrier.run()) }, Events(received)))
    }

    /// Sends a request and waits for its acknowledgement: the first argument of it.
    ///
    /// # Errors
    /// When the connection ends, or no answer comes in time.
    pub async fn ask(&self, event: &str, payload: &Value) -> Result<Value, TargetError> {
        self.ask_with(event, Some(payload)).await
    }

    /// The same with nothing but the callback.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_nothing(&self, event: &str) -> Result<Value, TargetError> {
        self.ask_with(event, None).await
    }

    async fn ask_with(&self, event: &str, payload: Option<&Value>) -> Result<Value, TargetError> {
        let answer = self.waiting.expect();
        let asking = async {
            let sent = self.outgoing.send(packet::request(answer.id, event, payload)).await;
            sent.map_err(|_| self.waiting.why())?;
            answer.wait().await
        };
        timeout(DEADLINE, asking).await.map_err(|_| TargetError::late(event))?
    }

    /// Why the connection has ended, if it has.
    pub fn why_ended(&self) -> TargetError {
        self.waiting.why()
    }

    /// Leaves the namespace, closes the WebSocket and waits until that is done, for a while.
    pub async fn close(&mut self) {
        // One that has ended already takes nothing.
        let _ = self.outgoing.send(packet::LEAVE.to_owned()).await;
        if timeout(CLOSE_DEADLINE, &mut self.carrier).await.is_err() {
            self.carrier.abort();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}
