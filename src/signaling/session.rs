//! One client's connection, whatever carries it: where it stands (outside or in a room) and how to reach it.

use crate::ids::SessionId;
use crate::limits::{ClientAddress, Limit, Pace, Rate};
use crate::protocol::{Caller, Reason};
use crate::rooms::{EventSink, RoomHandle, SharedEvent};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An adapter's way to its client.
pub trait Wire: Send + Sync {
    /// Puts an event into the client's buffer, without waiting; false when the buffer is full.
    fn emit(&self, event: &SharedEvent) -> bool;

    /// Ends the connection as soon as that can be done: called once.
    fn end(&self, session: Arc<Session>, why: Ending);
}

/// Why the server ends a connection by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The client does not read what it is sent: its buffer is full.
    Slow,
    /// It goes on sending requests that are refused because there are too many.
    Flooding,
    /// It was in no room for too long.
    Idle,
    /// The token that it came with is good no more.
    Revoked,
}

impl Ending {
    /// The limit that this comes of, if it does.
    pub const fn limit(self) -> Option<Limit> {
        match self {
            Self::Slow => Some(Limit::SendBuffer),
            Self::Flooding => Some(Limit::Requests),
            Self::Idle => Some(Limit::JoinTimeout),
            Self::Revoked => None,
        }
    }

    /// What the client is told, if it can be told.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Slow => None,
            Self::Flooding => Some(Reason::RateLimited),
            Self::Idle => Some(Reason::JoinTimeout),
            Self::Revoked => Some(Reason::TokenRevoked),
        }
    }
}

/// Where a session stands.
enum Place {
    Outside,
    /// In a room, or on the way into it; the number tells one stay from the next.
    Inside(RoomHandle, u64),
    /// The connection is over.
    Gone,
}

struct Standing {
    place: Place,
    /// Counts stays.
    stay: u64,
    /// Since when it is in no room; a join counts once it has succeeded.
    outside_since: Option<Instant>,
}

/// Why a session cannot enter a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EnterError {
    AlreadyInside,
    Gone,
}

/// A client's connection.
pub struct Session {
    /// Names it to rooms.
    pub id: SessionId,
    /// Where it comes from.
    pub address: ClientAddress,
    caller: Arc<Caller>,
    wire: Box<dyn Wire>,
    standing: Mutex<Standing>,
    in_flight: AtomicUsize,
    /// Of requests.
    pace: Pace,
    /// Of requests that are refused because they are too many.
    refusals: Pace,
    /// Whether the server has begun to end it.
    ending: AtomicBool,
    /// Whether its peer shall not come back.
    revoked: AtomicBool,
}

impl Session {
    /// A session outside of any room, that may send requests at that rate.
    pub fn new(wire: Box<dyn Wire>, address: ClientAddress, caller: Arc<Caller>, requests: Rate) -> Arc<Self> {
        let standing = Standing { place: Place::Outside, stay: 0, outside_since: Some(Instant::now()) };
        Arc::new(Self {
            id: SessionId::random(),
            address,
            caller,
            wire,
            standing: Mutex::new(standing),
            in_flight: AtomicUsize::new(0),
            pace: Pace::new(requests),
            refusals: Pace::new(requests),
            ending: AtomicBool::new(false),
            revoked: AtomicBool::new(false),
        })
    }

    /// Who asks over it.
    pub fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room it is in.
    pub(super) fn room(&self) -> Option<RoomHandle> {
        match &self.standing().place {
            Place::Inside(room, _) => Some(room.clone()),
            Place::Outside | Place::Gone => None,
        }
    }

    /// Steps into a room: from here on its requests go there, behind the join itself. The sink is the room's way back.
    pub(super) fn enter(self: &Arc<Self>, room: &RoomHandle) -> Result<Arc<dyn EventSink>, EnterError> {
        let mut standing = self.standing();
        match standing.place {
            Place::Inside(..) => return Err(EnterError::AlreadyInside),
            Place::Gone => return Err(EnterError::Gone),
            Place::Outside => {}
        }
        standing.stay += 1;
        let stay = standing.stay;
        standing.place = Place::Inside(room.clone(), stay);
        Ok(Arc::new(Membership { session: Arc::clone(self), stay }))
    }

    /// The room has let it in.
    pub(super) fn joined(&self) {
        let mut standing = self.standing();
        if matches!(standing.place, Place::Inside(..)) {
            standing.outside_since = None;
        }
    }

    /// Steps out; the room still has to be told.
    pub(super) fn exit(&self) -> Option<RoomHandle> {
        let mut standing = self.standing();
        match std::mem::replace(&mut standing.place, Place::Outside) {
            Place::Inside(room, _) => {
                standing.outside_since.get_or_insert_with(Instant::now);
                Some(room)
            }
            gone_or_outside => {
                standing.place = gone_or_outside;
                None
            }
        }
    }

    /// Whether it has been in no room for that long.
    pub(super) fn outside_for(&self, time: Duration) -> bool {
        let standing = self.standing();
        matches!(standing.place, Place::Outside) && standing.outside_since.is_some_and(|since| since.elapsed() >= time)
    }

    /// The connection is over: it enters no room any more.
    pub(super) fn end(&self) -> Option<RoomHandle> {
        match std::mem::replace(&mut self.standing().place, Place::Gone) {
            Place::Inside(room, _) => Some(room),
            Place::Outside | Place::Gone => None,
        }
    }

    fn release(&self, stay: u64) {
        let mut standing = self.standing();
        if matches!(standing.place, Place::Inside(_, current) if current == stay) {
            standing.place = Place::Outside;
            standing.outside_since.get_or_insert_with(Instant::now);
        }
    }

    /// Counts a request against what the session may send.
    ///
    /// # Errors
    /// Too many: the time until one more may be sent.
    pub(super) fn step(&self) -> Result<(), Duration> {
        self.pace.step()
    }

    /// Counts a request that was refused because there were too many; false if that happens too often.
    pub(super) fn bears_refusal(&self) -> bool {
        self.refusals.step().is_ok()
    }

    /// Counts a request in.
    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests that have no answer yet.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Counts a request out.
    pub(super) fn finish(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// Sends an event, or ends the session if the client does not take what it is sent.
    pub fn emit(self: &Arc<Self>, event: &SharedEvent) {
        if !self.ending() && !self.wire.emit(event) {
            self.close(Ending::Slow);
        }
    }

    /// Whether the server has begun to end it.
    pub(super) fn ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    /// The server ends the connection, and whatever its peer has.
    pub(super) fn revoke(self: &Arc<Self>) {
        self.revoked.store(true, Ordering::Relaxed);
        self.close(Ending::Revoked);
    }

    /// Tells the room that it was in that the connection is gone.
    pub(super) async fn say_goodbye(&self, room: RoomHandle) {
        if self.revoked.load(Ordering::Relaxed) {
            room.expelled(self.id).await;
        } else {
            room.disconnected(self.id).await;
        }
    }

    /// The server ends the connection.
    pub(super) fn close(self: &Arc<Self>, why: Ending) {
        if !self.ending.swap(true, Ordering::Relaxed) {
            self.wire.end(Arc::clone(self), why);
        }
    }
}

/// One stay of a session in a room.
struct Membership {
    session: Arc<Session>,
    stay: u64,
}

impl EventSink for Membership {
    fn deliver(&self, event: &SharedEvent) {
        self.session.emit(event);
    }

    fn released(&self) {
        self.session.release(self.stay);
    }
}
