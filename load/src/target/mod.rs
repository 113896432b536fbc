//! How one takes part in a call: of this server, or of another that is to be compared.

mod choice;
pub mod colloquy;
mod error;
mod janus;
mod socketio;

pub use choice::{Choice, Make};
pub use error::TargetError;

use crate::measure::Tally;
use crate::scenario::{Kind, Publish, Subscribe};
use async_trait::async_trait;

/// A server of some make, where participants can be let in.
#[async_trait]
pub trait Target: Send + Sync {
    /// Its name in reports: `colloquy`, `janus`, `socketio`.
    fn name(&self) -> &'static str;

    /// Whether it is there.
    ///
    /// # Errors
    /// When it does not answer, or not as such a server does.
    async fn check(&self) -> Result<(), TargetError>;

    /// Comes in, publishes and subscribes as far as there is something. Each step's time goes into the tally when the
    /// step is done, and so do errors that one can go on with.
    ///
    /// # Errors
    /// When it has not come in; what was begun is undone.
    async fn join(&self, place: &Place, tally: &mut Tally) -> Result<Box<dyn Participant>, TargetError>;
}

/// Somebody who takes part. Dropped without [`leave`](Self::leave) it is gone without a word.
#[async_trait]
pub trait Participant: Send {
    /// Waits until there is something to [`act`](Self::act) on. May be cancelled and begun again.
    async fn news(&mut self);

    /// Acts on what came: others' tracks, speakers, wishes of the server. Is not cancelled.
    ///
    /// # Errors
    /// When it does not take part any more; all else is counted.
    async fn act(&mut self) -> Result<(), TargetError>;

    /// Makes a small request and waits for its answer.
    ///
    /// # Errors
    /// When it is refused or not answered.
    async fn request(&mut self) -> Result<(), TargetError>;

    /// Begins to speak, or is silent from now on. One who just came in is silent where speakers take turns, and speaks
    /// where all always do.
    fn speak(&mut self, aloud: bool);

    /// What happened since the last time that it was asked.
    fn take(&mut self) -> Tally;

    /// Leaves in order. What there is to [`take`](Self::take) can still be taken.
    ///
    /// # Errors
    /// When the server did not hear of it, or did not agree.
    async fn leave(&mut self) -> Result<(), TargetError>;
}

/// Where somebody takes part, and what it does there.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// What it does.
    pub kind: Kind,
    /// The room's name.
    pub call: String,
    /// The room's number.
    pub room: u32,
    /// Its name, which nobody else in the run has.
    pub user: String,
    /// Its number in the room, from 0; publishers come first.
    pub number: u32,
    /// What it sends; nothing: it only receives.
    pub publish: Option<Publish>,
    /// How it receives.
    pub subscribe: Subscribe,
    /// Whose tracks it receives, by their numbers; nothing: everybody else's.
    pub watches: Option<Vec<u32>>,
}

impl Place {
    /// Whether it receives what that publisher of its room sends.
    pub fn wants(&self, number: u32) -> bool {
        number != self.number && self.watches.as_ref().is_none_or(|watches| watches.contains(&number))
    }
}
