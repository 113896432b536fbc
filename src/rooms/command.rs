//! What goes into a room's state machine and what comes out of it: plain data.

use super::journal::Happening;
use super::{QualityNote, RoomError, RoomOptions};
use crate::ids::{MessageId, PeerId, RouterId, SessionId};
use crate::limits::Limit;
use crate::media::protocol::{MediaError, MediaEvent, MediaReply, MediaRequest, RouterRtpCapabilities};
use crate::protocol::{Caller, Event, Moderation, Reason, Reply, Request, ResumeToken};
use std::sync::Arc;
use std::time::SystemTime;

/// Names a request that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names a request to the worker that waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpId(pub u64);

/// What a request brings along from outside, so that the state has no randomness and no calendar of its own.
#[derive(Debug, Clone, Copy)]
pub struct Fresh {
    /// The id of the peer that a `joinRoom` makes.
    pub peer: PeerId,
    /// For taking it over later.
    pub token: ResumeToken,
    /// The id of the message that a `sendMessage` is.
    pub message: MessageId,
    /// When it came.
    pub at: SystemTime,
}

impl Fresh {
    /// At random, now.
    pub fn random() -> Self {
        let peer = PeerId::random();
        Self { peer, token: ResumeToken::random(peer), message: MessageId::random(), at: SystemTime::now() }
    }
}

/// Something that happens to a room.
#[derive(Debug, Clone)]
pub enum Input {
    /// A client asks.
    Request {
        /// Answered exactly once.
        ticket: Ticket,
        /// Over which connection.
        session: SessionId,
        /// Who asks.
        caller: Arc<Caller>,
        /// For what it makes.
        fresh: Fresh,
        /// What.
        request: Request,
    },
    /// Somebody outside keeps order.
    Moderate {
        /// Answered exactly once.
        ticket: Ticket,
        /// Who.
        caller: Arc<Caller>,
        /// What.
        action: Moderation,
    },
    /// What the call was booked with has changed.
    Options(RoomOptions),
    /// A client's connection is gone.
    Disconnected(SessionId),
    /// A client's connection is gone, and its peer shall not come back.
    Expelled(SessionId),
    /// These peers' callers may not be here any more.
    Revoked(Vec<PeerId>),
    /// A router that was asked for is there, or cannot be had.
    RouterOpened(OpId, Result<(RouterId, Box<RouterRtpCapabilities>), MediaError>),
    /// A worker answered.
    MediaDone(OpId, Result<MediaReply, MediaError>),
    /// A worker says something unasked of one of the room's routers.
    Media(RouterId, MediaEvent),
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
    /// Opens a router on a worker where the room has none.
    OpenRouter(OpId),
    /// Gives a router back with all that stands on it.
    CloseRouter(RouterId),
    /// Asks the worker of a router; with an id if the answer matters.
    Media(Option<OpId>, RouterId, MediaRequest),
    /// The session is no (longer a) member of the room.
    Release(SessionId),
    /// A limit ended the room.
    Limited(Limit),
    /// Somebody may want to count this.
    Noted(Vec<QualityNote>),
    /// This belongs into the books.
    Record(Happening),
    /// The room is over: nothing comes after this but answers of what is under way.
    Closed,
}
