//! What goes both ways: a PeerConnection each.

use super::session::Session;
use crate::measure::{Step, Tally};
use crate::rtc::{Endpoint, Kind, Link, Meter, RtcError, SubscribeOptions, Track, TrackId};
use crate::scenario::{Publish, Subscribe, VideoCodec};
use crate::target::TargetError;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long ICE and DTLS may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);
/// How long saying goodbye may take.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// What is published.
pub struct Sending {
    pub link: Link,
    audio: Option<TrackId>,
}

impl Sending {
    /// Publishes everything by the handle that is in the room.
    pub async fn start(
        session: &Session,
        handle: u64,
        publish: &Publish,
        meter: &Meter,
        tally: &mut Tally,
    ) -> Result<Self, TargetError> {
        let began = Instant::now();
        let codecs: Vec<_> = publish.video.iter().map(|video| video.codec).collect();
        let link = Endpoint::for_sdp(&codecs, meter).open(session.local)?;
        let tracks = [publish.audio.as_ref().map(Track::audio), publish.video.as_ref().map(Track::video)];
        let tracks: Vec<_> = tracks.into_iter().flatten().collect();
        let audio = tracks.iter().find(|track| track.kind() == Kind::Audio).map(Track::id);
        let offer = link.offer(tracks).await?;
        let answer = session.message(handle, json!({ "request": "publish" }), Some(("offer", &offer))).await?;
        link.accept_answer(answer.sdp.as_deref().unwrap_or_default()).await?;
        tally.step(Step::Produce, began.elapsed());
        let sending = Self { link, audio };
        if publish.audio.as_ref().is_some_and(|audio| audio.speakers.is_some()) {
            sending.speak(false)?;
        }
        tally.step(Step::IceAndDtls, sending.link.until_connected(CONNECT_DEADLINE).await?);
        Ok(sending)
    }

    /// Speaks, or is silent.
    pub fn speak(&self, aloud: bool) -> Result<(), RtcError> {
        self.audio.map_or(Ok(()), |audio| self.link.speak(audio, aloud))
    }
}

/// What is received.
pub struct Receiving {
    pub link: Link,
    pub handle: u64,
    options: SubscribeOptions,
}

impl Receiving {
    /// Subscribes to these publishers of a room.
    pub async fn start(
        session: &Session,
        room: u64,
        feeds: &[u64],
        subscribe: &Subscribe,
        meter: &Meter,
        tally: &mut Tally,
    ) -> Result<Self, TargetError> {
        let began = Instant::now();
        let handle = session.attach().await?;
        let link = Endpoint::for_sdp(&[VideoCodec::Vp8, VideoCodec::Vp9], meter).open(session.local)?;
        let options = SubscribeOptions { light: subscribe.light, freeze_ms: subscribe.freeze_ms };
        let receiving = Self { link, handle, options };
        let join = json!({ "request": "join", "ptype": "subscriber", "room": room, "streams": streams(feeds) });
        let offer = session.message(handle, join, None).await?.sdp;
        receiving.agree(session, offer.as_deref().unwrap_or_default()).await?;
        tally.step(Step::Consume, began.elapsed());
        tally.step(Step::IceAndDtls, receiving.link.until_connected(CONNECT_DEADLINE).await?);
        Ok(receiving)
    }

    /// Subscribes to more of them.
    pub async fn add(&self, session: &Session, feeds: &[u64], tally: &mut Tally) -> Result<(), TargetError> {
        let began = Instant::now();
        let wish = json!({ "request": "subscribe", "streams": streams(feeds) });
        if let Some(offer) = session.message(self.handle, wish, None).await?.sdp {
            self.agree(session, &offer).await?;
        }
        tally.step(Step::Consume, began.elapsed());
        Ok(())
    }

    /// Takes in an offer of the server.
    pub async fn agree(&self, session: &Session, offer: &str) -> Result<(), TargetError> {
        let (answer, _) = self.link.answer(offer, self.options).await?;
        session.message(self.handle, json!({ "request": "start" }), Some(("answer", &answer))).await.map(drop)
    }
}

/// All streams of these publishers.
fn streams(feeds: &[u64]) -> Value {
    feeds.iter().map(|feed| json!({ "feed": feed })).collect()
}

/// Says goodbye; what happened since the last look.
pub async fn close(link: Link) -> Tally {
    let mut tally = link.take();
    // One that the server has closed already has nobody to say it to.
    if let Ok(last) = link.close(CLOSE_DEADLINE).await {
        tally.add(&last);
    }
    tally
}
