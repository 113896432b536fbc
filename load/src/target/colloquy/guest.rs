//! Somebody in a room of this server.

use super::choice::{Choice, Offered};
use super::receiving::{Receiving, Refused};
use super::sending::Sending;
use super::signaling::Signaling;
use super::transport::{Equipment, Transport};
use crate::measure::{Step, Tally};
use crate::rtc::{Capabilities, Meter, RtcError};
use crate::scenario::{Kind, Publish};
use crate::target::{Participant, Place, TargetError};
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

/// A participant.
pub struct Guest {
    signaling: Signaling,
    place: Place,
    meter: Meter,
    media_address: Option<SocketAddr>,
    /// In a room, so that it has to be left.
    inside: bool,
    /// What came and waits to be acted on.
    backlog: VecDeque<(String, Value)>,
    /// The connection has ended.
    ended: bool,
    choice: Choice,
    sending: Option<Sending>,
    receiving: Option<Receiving>,
    tally: Tally,
}

impl Guest {
    pub fn new(signaling: Signaling, place: Place, meter: Meter, media_address: Option<SocketAddr>) -> Self {
        Self {
            signaling,
            choice: Choice::new(&place),
            place,
            meter,
            media_address,
            inside: false,
            backlog: VecDeque::new(),
            ended: false,
            sending: None,
            receiving: None,
            tally: Tally::default(),
        }
    }

    /// Makes the room or finds it, enters, publishes and subscribes.
    pub async fn come_in(&mut self, tally: &mut Tally) -> Result<(), TargetError> {
        let began = Instant::now();
        let room = self.signaling.ask("createRoom", &json!({ "callId": self.place.call })).await?;
        tally.step(Step::CreateRoom, began.elapsed());
        let began = Instant::now();
        let mut capabilities = Capabilities::of_router(&room["rtpCapabilities"])?;
        if self.place.subscribe.light {
            capabilities = capabilities.without_feedback();
        }
        let join = json!({
            "callId": self.place.call,
            "userId": self.place.user,
            "rtpCapabilities": capabilities.rtp_capabilities(),
        });
        let joined = self.signaling.ask("joinRoom", &join).await?;
        self.inside = true;
        tally.step(Step::JoinRoom, began.elapsed());
        if self.place.kind == Kind::Media {
            for peer in joined["peers"].as_array().into_iter().flatten() {
                for producer in peer["producers"].as_array().into_iter().flatten() {
                    self.choice.offer(&self.place, Offered::read(producer, &peer["peerId"]));
                }
            }
            let equipment = Equipment { capabilities, meter: self.meter.clone(), media_address: self.media_address };
            self.open_media(&equipment, tally).await?;
            self.follow(tally).await;
        }
        Ok(())
    }

    /// Both directions at the same time, as pages do it.
    async fn open_media(&mut self, equipment: &Equipment, tally: &mut Tally) -> Result<(), TargetError> {
        let nothing = Publish::default();
        let publish = self.place.publish.as_ref().filter(|publish| **publish != nothing);
        let sending = async {
            match publish {
                Some(publish) => {
                    let sending = Sending::start(&self.signaling, equipment, publish, self.place.number).await;
                    sending.map(Some)
                }
                None => Ok(None),
            }
        };
        let receiving = Receiving::start(&self.signaling, equipment, &self.place.subscribe);
        let (sending, receiving) = tokio::join!(sending, receiving);
        if let Some((sending, times)) = sending? {
            tally.add(&times);
            self.sending = Some(sending);
        }
        let (receiving, times) = receiving?;
        tally.add(&times);
        self.receiving = Some(receiving);
        Ok(())
    }

    /// Receives what is wanted now.
    async fn follow(&mut self, tally: &mut Tally) {
        let Some(receiving) = &mut self.receiving else { return };
        let refused = receiving.follow(&self.signaling, self.choice.wanted(), tally).await;
        if !refused.is_empty() {
            // What was closed in the meantime was said before the refusal.
            self.drain();
        }
        for Refused { producer, consumer, error } in refused {
            let closed = self.backlog.iter().any(|(event, payload)| match event.as_str() {
                "producerClosed" => payload["producerId"] == producer,
                "consumerClosed" => consumer.as_ref().is_some_and(|consumer| payload["consumerId"] == *consumer),
                _ => false,
            });
            if !closed {
                tracing::info!(user = self.place.user, %error, "does not receive a track");
                tally.error(error.code);
            }
            self.choice.withdraw(&producer);
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.signaling.event_now() {
            self.backlog.push_back(event);
        }
    }

    /// Takes in an event.
    fn take_in(&mut self, event: &str, payload: &Value) -> Result<(), TargetError> {
        let done = match event {
            "newProducer" => {
                self.choice.offer(&self.place, Offered::read(payload, &payload["peerId"]));
                Ok(())
            }
            "producerClosed" => {
                self.choice.withdraw(payload["producerId"].as_str().unwrap_or_default());
                Ok(())
            }
            "activeSpeaker" => {
                self.choice.hear(payload["peerId"].as_str().unwrap_or_default());
                Ok(())
            }
            "peerLeft" => {
                self.choice.lose(payload["peerId"].as_str().unwrap_or_default());
                Ok(())
            }
            "consumerClosed" => match &mut self.receiving {
                Some(receiving) => receiving.closed(&payload["consumerId"]),
                None => Ok(()),
            },
            "consumerPaused" => {
                self.receiving.as_ref().map_or(Ok(()), |receiving| receiving.paused(&payload["consumerId"]))
            }
            "producerLayersWanted" => self.sending.as_ref().map_or(Ok(()), |sending| sending.layers_wanted(payload)),
            _ => return Err(self.put_out(event, payload)),
        };
        self.count(done);
        Ok(())
    }

    /// `kicked`, `roomClosed` and `mediaReset`: who has lost its media does as somebody does who has lost patience with a
    /// page, and comes in anew.
    fn put_out(&mut self, event: &str, payload: &Value) -> TargetError {
        self.inside = event == "mediaReset";
        let code = match event {
            "kicked" => "kicked",
            "roomClosed" => "room_closed",
            _ => "media_reset",
        };
        TargetError::new(code, payload["reason"].as_str().unwrap_or("without a reason"))
    }

    fn count(&mut self, done: Result<(), RtcError>) {
        if let Err(error) = done {
            self.tally.error(error.code());
        }
    }
}

#[async_trait]
impl Participant for Guest {
    async fn news(&mut self) {
        if self.backlog.is_empty() && !self.ended {
            match self.signaling.next_event().await {
                Some(event) => self.backlog.push_back(event),
                None => self.ended = true,
            }
        }
    }

    async fn act(&mut self) -> Result<(), TargetError> {
        self.drain();
        while let Some((event, payload)) = self.backlog.pop_front() {
            self.take_in(&event, &payload)?;
        }
        if self.ended {
            self.inside = false;
            return Err(self.signaling.why_ended());
        }
        let mut tally = Tally::default();
        self.follow(&mut tally).await;
        self.tally.add(&tally);
        Ok(())
    }

    async fn request(&mut self) -> Result<(), TargetError> {
        self.signaling.ask("getProducers", &json!({ "callId": self.place.call })).await.map(drop)
    }

    fn speak(&mut self, aloud: bool) {
        let done = self.sending.as_ref().map_or(Ok(()), |sending| sending.speak(aloud));
        self.count(done);
    }

    fn take(&mut self) -> Tally {
        let mut tally = std::mem::take(&mut self.tally);
        let receiving = self.receiving.iter().map(|receiving| &receiving.transport);
        for transport in self.sending.iter().map(|sending| &sending.transport).chain(receiving) {
            tally.add(&transport.link.take());
        }
        tally
    }

    async fn leave(&mut self) -> Result<(), TargetError> {
        // Media first: a transport that the server closes has ended by itself.
        let transports = [self.sending.take().map(|it| it.transport), self.receiving.take().map(|it| it.transport)];
        for tally in join_all(transports.into_iter().flatten().map(Transport::close)).await {
            self.tally.add(&tally);
        }
        let left = if self.inside { self.signaling.leave_room().await } else { Ok(()) };
        self.inside = false;
        self.signaling.close().await;
        left
    }
}
