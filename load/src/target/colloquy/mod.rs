//! This server, over Socket.IO: docs/protocol.md.

mod choice;
mod entrance;
mod guest;
mod receiving;
mod sending;
mod signaling;
mod transport;

pub use entrance::{Entrance, token_of_api_key};

use super::{Participant, Place, Target, TargetError};
use crate::measure::{Step, Tally};
use crate::rtc::Meter;
use crate::scenario::Kind;
use async_trait::async_trait;
use guest::Guest;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long all of coming in may take.
const JOIN_DEADLINE: Duration = Duration::from_secs(60);

/// A server of this make.
pub struct Colloquy {
    entrance: Entrance,
    meter: Meter,
    media_address: Option<SocketAddr>,
}

impl Colloquy {
    /// The one that this is the entrance of. Media goes to that address if there is one, wherever the server says that it
    /// takes it; the meter is told how late.
    pub fn new(entrance: Entrance, meter: &Meter, media_address: Option<SocketAddr>) -> Self {
        Self { entrance, meter: meter.clone(), media_address }
    }
}

#[async_trait]
impl Target for Colloquy {
    fn name(&self) -> &'static str {
        "colloquy"
    }

    async fn check(&self) -> Result<(), TargetError> {
        let mut signaling = self.entrance.enter().await?;
        signaling.close().await;
        Ok(())
    }

    async fn join(&self, place: &Place, tally: &mut Tally) -> Result<Box<dyn Participant>, TargetError> {
        let began = Instant::now();
        let signaling = self.entrance.enter().await?;
        tally.step(Step::Connect, began.elapsed());
        let mut guest = Guest::new(signaling, place.clone(), self.meter.clone(), self.media_address);
        if place.kind != Kind::Idle {
            let entered = timeout(JOIN_DEADLINE, guest.come_in(tally)).await;
            if let Err(error) = entered.unwrap_or_else(|_| Err(TargetError::late("joining"))) {
                // Otherwise the server would wait for it to come back.
                let _ = guest.leave().await;
                return Err(error);
            }
        }
        tally.step(Step::Whole, began.elapsed());
        Ok(Box::new(guest))
    }
}
