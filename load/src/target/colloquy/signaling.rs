//! Requests and events, with the server's shape taken off.

use crate::socketio::{Events, Socket};
use crate::target::TargetError;
use serde_json::Value;

/// What a participant wants to hear of.
const WANTED: [&str; 10] = [
    "newProducer",
    "producerClosed",
    "consumerClosed",
    "consumerPaused",
    "activeSpeaker",
    "producerLayersWanted",
    "peerLeft",
    "mediaReset",
    "roomClosed",
    "kicked",
];

/// A connection to the server.
pub struct Signaling {
    socket: Socket,
    events: Events,
}

impl Signaling {
    pub async fn connect(url: &str, auth: Option<&Value>) -> Result<Self, TargetError> {
        let (socket, events) = Socket::connect(url, auth, &WANTED).await?;
        Ok(Self { socket, events })
    }

    /// A request that is granted: its `data`. Refused: the server's code.
    pub async fn ask(&self, event: &str, payload: &Value) -> Result<Value, TargetError> {
        data(event, self.socket.ask(event, payload).await?)
    }

    /// Leaves the room.
    pub async fn leave_room(&self) -> Result<(), TargetError> {
        data("leaveRoom", self.socket.ask_nothing("leaveRoom").await?).map(drop)
    }

    /// The next event; nothing when the connection has ended. May be cancelled.
    pub async fn next_event(&mut self) -> Option<(String, Value)> {
        self.events.next().await
    }

    /// The next event that is here already.
    pub fn event_now(&mut self) -> Option<(String, Value)> {
        self.events.next_now()
    }

    /// Why the connection has ended.
    pub fn why_ended(&self) -> TargetError {
        self.socket.why_ended()
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        self.socket.close().await;
    }
}

fn data(event: &str, mut answer: Value) -> Result<Value, TargetError> {
    if answer["success"] == true {
        return Ok(answer["data"].take());
    }
    let error = &answer["error"];
    let code = error["code"].as_str().unwrap_or("unreadable");
    Err(TargetError::new(code, format!("{event}: {}", error["message"].as_str().unwrap_or("no message"))))
}
