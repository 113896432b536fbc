//! Somebody in a room of this server.

use super::signaling::Signaling;
use crate::measure::{Step, Tally};
use crate::target::{Participant, Place, TargetError};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::time::Instant;

/// A participant.
pub struct Guest {
    signaling: Signaling,
    place: Place,
    /// In a room, so that it has to be left.
    inside: bool,
    /// What came and waits to be acted on; the inner nothing: the connection has ended.
    news: Option<Option<(String, Value)>>,
    tally: Tally,
}

impl Guest {
    pub fn new(signaling: Signaling, place: Place) -> Self {
        Self { signaling, place, inside: false, news: None, tally: Tally::default() }
    }

    /// Makes the room or finds it, and enters.
    pub async fn come_in(&mut self, tally: &mut Tally) -> Result<(), TargetError> {
        let began = Instant::now();
        let room = self.signaling.ask("createRoom", &json!({ "callId": self.place.call })).await?;
        tally.step(Step::CreateRoom, began.elapsed());
        let began = Instant::now();
        let capabilities = &room["rtpCapabilities"];
        let join = json!({ "callId": self.place.call, "userId": self.place.user, "rtpCapabilities": capabilities });
        self.signaling.ask("joinRoom", &join).await?;
        self.inside = true;
        tally.step(Step::JoinRoom, began.elapsed());
        Ok(())
    }

    fn act_on(&mut self, event: &str, payload: &Value) -> Result<(), TargetError> {
        match event {
            "kicked" | "roomClosed" | "mediaReset" => {
                self.inside = event == "mediaReset";
                let code = match event {
                    "kicked" => "kicked",
                    "roomClosed" => "room_closed",
                    _ => "media_reset",
                };
                Err(TargetError::new(code, payload["reason"].as_str().unwrap_or("without a reason")))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Participant for Guest {
    async fn news(&mut self) {
        if self.news.is_none() {
            self.news = Some(self.signaling.next_event().await);
        }
    }

    async fn act(&mut self) -> Result<(), TargetError> {
        let mut news = self.news.take();
        while let Some(event) = news {
            let Some((event, payload)) = event else {
                self.inside = false;
                return Err(self.signaling.why_ended());
            };
            self.act_on(&event, &payload)?;
            news = self.signaling.event_now().map(Some);
        }
        Ok(())
    }

    async fn request(&mut self) -> Result<(), TargetError> {
        self.signaling.ask("getProducers", &json!({ "callId": self.place.call })).await.map(drop)
    }

    fn speak(&mut self, _aloud: bool) {}

    fn take(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    async fn leave(&mut self) -> Result<(), TargetError> {
        let left = if self.inside { self.signaling.leave_room().await } else { Ok(()) };
        self.signaling.close().await;
        left
    }
}
