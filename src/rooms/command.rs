//! What goes into a room's state machine and what comes out of it: plain data.

use super::RoomError;
use crate::ids::{PeerId, SessionId};
use crate::media::protocol::{MediaError, MediaEvent, MediaReply, MediaRequest};
use crate::protocol::{Event, Reason, Reply, Request};

/// Names a request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names a request to the worker that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// Something that happens to a room.
#[derive(Debug, Clone)]
pub enum Input {
    /// A client asks.
    Request {
        /// Answered exactly once.
        ticket: Ticket,
        /// Who asks.
        session: SessionId,
        /// The id of the peer that a `joinRoom` makes: given from outside, so that the state has no randomness.
        fresh: PeerId,
        /// What.
        request: Request,
    },
    /// A client's connection is gone.
    Disconnected(SessionId),
    /// The worker answered.
    MediaDone(OpId, Result<MediaReply, MediaError>),
    /// The worker says something unasked.
    Media(MediaEvent),
    /// Time has passed.
    Tick,
    /// The room shall close.
    Close(Reason),
}

/// Something that a room wants done.
#[derive(Debug, Clone)]
pub enum Output {
    /// Answers a request.
    Answer(Ticket, Result<Reply, RoomError>),
    /// Tells clients; made into bytes once, whatever their number.
    Tell(Vec<SessionId>, Event),
    /// Asks the worker; with an id if the answer matters.
    Media(Option<OpId>, MediaRequest),
    /// The session is no (longer a) member of the room.
    Release(SessionId),
    /// The room is over: nothing comes after this but answers of what is under way.
    Closed,
}
