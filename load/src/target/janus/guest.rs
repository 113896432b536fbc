//! Somebody in a room of Janus.

use super::media::{Receiving, Sending, close};
use super::session::{Event, Session};
use crate::measure::{Step, Tally};
use crate::rtc::Meter;
use crate::scenario::{Kind, Publish};
use crate::target::{Participant, Place, TargetError};
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Instant;
use tokio::sync::mpsc;

/// Publishers that a room has room for: all of a scenario.
const MAX_PUBLISHERS: u32 = 10_000;
/// Janus' word for a room that is there already.
const ROOM_EXISTS: &str = "janus_427";

/// A participant.
pub struct Guest {
    session: Session,
    events: mpsc::Receiver<Event>,
    place: Place,
    meter: Meter,
    room: u64,
    /// By which it is in the room.
    handle: u64,
    /// What came and waits to be acted on.
    backlog: VecDeque<Event>,
    /// The connection has ended.
    ended: bool,
    /// Publishers that are wanted and not yet subscribed to.
    wanted: Vec<u64>,
    sending: Option<Sending>,
    receiving: Option<Receiving>,
    tally: Tally,
}

impl Guest {
    pub fn new(session: Session, events: mpsc::Receiver<Event>, place: Place, meter: Meter) -> Self {
        Self {
            session,
            events,
            room: room_number(&place.call),
            place,
            meter,
            handle: 0,
            backlog: VecDeque::new(),
            ended: false,
            wanted: Vec::new(),
            sending: None,
            receiving: None,
            tally: Tally::default(),
        }
    }

    /// Makes the room or finds it, enters, publishes and subscribes.
    pub async fn come_in(&mut self, tally: &mut Tally) -> Result<(), TargetError> {
        let began = Instant::now();
        self.handle = self.session.attach().await?;
        self.create_room().await?;
        tally.step(Step::CreateRoom, began.elapsed());
        let began = Instant::now();
        // The only kind of participant that hears of publishers; it need not publish.
        let join = json!({
            "request": "join", "ptype": "publisher", "room": self.room, "display": self.place.number.to_string(),
        });
        let joined = self.session.message(self.handle, join, None).await?.data;
        tally.step(Step::JoinRoom, began.elapsed());
        if self.place.kind == Kind::Media {
            self.want(&joined["publishers"]);
            let publish = self.place.publish.as_ref().filter(|publish| **publish != Publish::default());
            if let Some(publish) = publish {
                let sending = Sending::start(&self.session, self.handle, publish, &self.meter, tally).await?;
                self.sending = Some(sending);
            }
            self.follow(tally).await?;
        }
        Ok(())
    }

    async fn create_room(&self) -> Result<(), TargetError> {
        let wish = json!({
            "request": "create", "room": self.room, "permanent": false, "publishers": MAX_PUBLISHERS,
            "audiocodec": "opus", "videocodec": "vp8,vp9", "bitrate": 0, "fir_freq": 0,
        });
        match self.session.message(self.handle, wish, None).await {
            Err(error) if error.code != ROOM_EXISTS => Err(error),
            _ => Ok(()),
        }
    }

    fn want(&mut self, publishers: &Value) {
        for publisher in publishers.as_array().into_iter().flatten() {
            let number = publisher["display"].as_str().and_then(|number| number.parse().ok());
            if let (Some(feed), Some(true)) = (publisher["id"].as_u64(), number.map(|number| self.place.wants(number)))
            {
                self.wanted.push(feed);
            }
        }
    }

    /// Receives what is wanted now.
    async fn follow(&mut self, tally: &mut Tally) -> Result<(), TargetError> {
        let feeds = std::mem::take(&mut self.wanted);
        if feeds.is_empty() {
            return Ok(());
        }
        match &self.receiving {
            Some(receiving) => receiving.add(&self.session, &feeds, tally).await?,
            None => {
                let subscribe = &self.place.subscribe;
                let started = Receiving::start(&self.session, self.room, &feeds, subscribe, &self.meter, tally).await?;
                self.receiving = Some(started);
            }
        }
        Ok(())
    }

    /// Takes in an event. An error is the end of taking part.
    async fn take_in(&mut self, event: Event, tally: &mut Tally) -> Result<(), TargetError> {
        let receiving = self.receiving.as_ref().filter(|receiving| receiving.handle == event.handle);
        if let (Some(receiving), Some(offer)) = (receiving, &event.offer)
            && let Err(error) = receiving.agree(&self.session, offer).await
        {
            tally.error(error.code);
        }
        if event.handle == self.handle && self.place.kind == Kind::Media {
            if event.data["videoroom"] == "destroyed" {
                return Err(TargetError::new("room_closed", "the room was destroyed"));
            }
            // Who leaves is taken out of the subscription by the server.
            self.want(&event.data["publishers"]);
        }
        Ok(())
    }
}

#[async_trait]
impl Participant for Guest {
    async fn news(&mut self) {
        if self.backlog.is_empty() && !self.ended {
            match self.events.recv().await {
                Some(event) => self.backlog.push_back(event),
                None => self.ended = true,
            }
        }
    }

    async fn act(&mut self) -> Result<(), TargetError> {
        let mut tally = Tally::default();
        while let Ok(event) = self.events.try_recv() {
            self.backlog.push_back(event);
        }
        while let Some(event) = self.backlog.pop_front() {
            self.take_in(event, &mut tally).await?;
        }
        if self.ended {
            return Err(self.session.why_ended());
        }
        if let Err(error) = self.follow(&mut tally).await {
            tally.error(error.code);
        }
        self.tally.add(&tally);
        Ok(())
    }

    async fn request(&mut self) -> Result<(), TargetError> {
        let wish = json!({ "request": "listparticipants", "room": self.room });
        self.session.message(self.handle, wish, None).await.map(drop)
    }

    fn speak(&mut self, aloud: bool) {
        if let Some(Err(error)) = self.sending.as_ref().map(|sending| sending.speak(aloud)) {
            self.tally.error(error.code());
        }
    }

    fn take(&mut self) -> Tally {
        let mut tally = std::mem::take(&mut self.tally);
        let links = self.sending.iter().map(|it| &it.link).chain(self.receiving.iter().map(|it| &it.link));
        links.for_each(|link| tally.add(&link.take()));
        tally
    }

    async fn leave(&mut self) -> Result<(), TargetError> {
        // Media first: a link that the server closes has ended by itself.
        let links = [self.sending.take().map(|it| it.link), self.receiving.take().map(|it| it.link)];
        for tally in join_all(links.into_iter().flatten().map(close)).await {
            self.tally.add(&tally);
        }
        self.session.close().await
    }
}

/// Rooms have numbers, below 2^52 so that every client can say them. The same name gives the same in every process of
/// this program.
fn room_number(call: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    call.hash(&mut hasher);
    (hasher.finish() >> 12).max(1)
}
