//! A plain Socket.IO server in Node.js (`load/peers/socketio`), for signaling and idle connections: it knows rooms, and
//! nothing of media.

use super::{Participant, Place, Target, TargetError};
use crate::measure::{Step, Tally};
use crate::scenario::Kind;
use crate::socketio::{Events, Socket};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::time::Instant;

/// A server of this make.
pub struct SocketIo {
    url: String,
}

impl SocketIo {
    /// At `http://host[:port]`.
    pub fn new(url: &str) -> Self {
        Self { url: url.to_owned() }
    }

    async fn enter(&self) -> Result<(Socket, Events), TargetError> {
        // Others' comings are sent to everybody in a room, but nobody reads them here.
        Socket::connect(&self.url, None, &[]).await
    }
}

#[async_trait]
impl Target for SocketIo {
    fn name(&self) -> &'static str {
        "socketio"
    }

    async fn check(&self) -> Result<(), TargetError> {
        let (mut socket, _) = self.enter().await?;
        socket.close().await;
        Ok(())
    }

    async fn join(&self, place: &Place, tally: &mut Tally) -> Result<Box<dyn Participant>, TargetError> {
        if place.kind == Kind::Media {
            return Err(TargetError::new("no_media", "a plain Socket.IO server carries none: load its signaling"));
        }
        let began = Instant::now();
        let (socket, events) = self.enter().await?;
        tally.step(Step::Connect, began.elapsed());
        let guest = Guest { socket, events, call: place.call.clone() };
        if place.kind == Kind::Signaling {
            let entering = Instant::now();
            guest.ask("join", json!({ "callId": place.call, "userId": place.user })).await?;
            tally.step(Step::JoinRoom, entering.elapsed());
        }
        tally.step(Step::Whole, began.elapsed());
        Ok(Box::new(guest))
    }
}

/// Somebody connected.
struct Guest {
    socket: Socket,
    events: Events,
    call: String,
}

impl Guest {
    async fn ask(&self, event: &str, payload: Value) -> Result<(), TargetError> {
        let answer = self.socket.ask(event, &payload).await?;
        if answer["success"] == true { Ok(()) } else { Err(TargetError::new("refused", format!("{event}: {answer}"))) }
    }
}

#[async_trait]
impl Participant for Guest {
    async fn news(&mut self) {
        // Nothing is wanted, so only the end comes.
        while self.events.next().await.is_some() {}
    }

    async fn act(&mut self) -> Result<(), TargetError> {
        Err(self.socket.why_ended())
    }

    async fn request(&mut self) -> Result<(), TargetError> {
        self.ask("ask", json!({ "callId": self.call })).await
    }

    fn speak(&mut self, _aloud: bool) {}

    fn take(&mut self) -> Tally {
        Tally::default()
    }

    async fn leave(&mut self) -> Result<(), TargetError> {
        self.socket.close().await;
        Ok(())
    }
}
