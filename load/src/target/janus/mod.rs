//! Janus with its plugin for rooms of video, over a WebSocket, to be compared with. A participant has a session: with a
//! handle by which it is in the room and publishes, and one by which it receives all that it wants.

mod guest;
mod media;
mod session;

use super::{Participant, Place, Target, TargetError};
use crate::measure::{Step, Tally};
use crate::rtc::Meter;
use crate::scenario::Kind;
use async_trait::async_trait;
use guest::Guest;
use session::Session;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long all of coming in may take.
const JOIN_DEADLINE: Duration = Duration::from_secs(60);

/// A server of this make. Rooms that are made for a run are temporary, and stay until it ends.
pub struct Janus {
    url: String,
    meter: Meter,
}

impl Janus {
    /// At `ws://host:port`. The meter is told how late media is sent.
    pub fn new(url: &str, meter: &Meter) -> Self {
        Self { url: url.to_owned(), meter: meter.clone() }
    }
}

#[async_trait]
impl Target for Janus {
    fn name(&self) -> &'static str {
        "janus"
    }

    async fn check(&self) -> Result<(), TargetError> {
        let (mut session, _) = Session::open(&self.url).await?;
        session.attach().await?;
        session.close().await
    }

    async fn join(&self, place: &Place, tally: &mut Tally) -> Result<Box<dyn Participant>, TargetError> {
        if place.subscribe.active_speakers.is_some() || place.subscribe.preferred_layers.is_some() {
            let why = "subscribe.active_speakers and subscribe.preferred_layers are not for Janus";
            return Err(TargetError::new("unsupported", why));
        }
        let began = Instant::now();
        let (session, events) = Session::open(&self.url).await?;
        tally.step(Step::Connect, began.elapsed());
        let mut guest = Guest::new(session, events, place.clone(), self.meter.clone());
        if place.kind != Kind::Idle {
            let entered = timeout(JOIN_DEADLINE, guest.come_in(tally)).await;
            if let Err(error) = entered.unwrap_or_else(|_| Err(TargetError::late("joining"))) {
                // The first error says what there is to say.
                let _ = guest.leave().await;
                return Err(error);
            }
        }
        tally.step(Step::Whole, began.elapsed());
        Ok(Box::new(guest))
    }
}
