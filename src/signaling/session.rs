//! One client's connection, whatever carries it: where it stands (outside or in a room) and how to reach it.

use crate::ids::SessionId;
use crate::rooms::{EventSink, RoomHandle, SharedEvent};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An adapter's way to its client.
pub trait Wire: Send + Sync {
    /// Puts an event into the client's buffer, without waiting; false when the buffer is full.
    fn emit(&self, event: &SharedEvent) -> bool;

    /// Ends a connection whose buffer is full, as soon as that can be done: called once.
    fn end_slow(&self, session: Arc<Session>);
}

/// Where a session stands.
enum Place {
    Outside,
    /// In a room, or on the way into it; the number tells one stay from the next.
    Inside(RoomHandle, u64),
    /// The connection is over.
    Gone,
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
    wire: Box<dyn Wire>,
    place: Mutex<(Place, u64)>,
    in_flight: AtomicUsize,
    /// Whether the client was found not to read what it is sent.
    slow: AtomicBool,
}

impl Session {
    /// A session outside of any room.
    pub fn new(wire: Box<dyn Wire>) -> Arc<Self> {
        let (id, place) = (SessionId::random(), Mutex::new((Place::Outside, 0)));
        Arc::new(Self { id, wire, place, in_flight: AtomicUsize::new(0), slow: AtomicBool::new(false) })
    }

    fn place(&self) -> MutexGuard<'_, (Place, u64)> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room it is in.
    pub(super) fn room(&self) -> Option<RoomHandle> {
        match &self.place().0 {
            Place::Inside(room, _) => Some(room.clone()),
            Place::Outside | Place::Gone => None,
        }
    }

    /// Steps into a room: from here on its requests go there, behind the join itself. The sink is the room's way back.
    pub(super) fn enter(self: &Arc<Self>, room: &RoomHandle) -> Result<Arc<dyn EventSink>, EnterError> {
        let mut place = self.place();
        match place.0 {
            Place::Inside(..) => return Err(EnterError::AlreadyInside),
            Place::Gone => return Err(EnterError::Gone),
            Place::Outside => {}
        }
        place.1 += 1;
        let stay = place.1;
        place.0 = Place::Inside(room.clone(), stay);
        Ok(Arc::new(Membership { session: Arc::clone(self), stay }))
    }

    /// Steps out; the room still has to be told.
    pub(super) fn exit(&self) -> Option<RoomHandle> {
        let mut place = self.place();
        match std::mem::replace(&mut place.0, Place::Outside) {
            Place::Inside(room, _) => Some(room),
            gone_or_outside => {
                place.0 = gone_or_outside;
                None
            }
        }
    }

    /// The connection is over: it enters no room any more.
    pub(super) fn end(&self) -> Option<RoomHandle> {
        match std::mem::replace(&mut self.place().0, Place::Gone) {
            Place::Inside(room, _) => Some(room),
            Place::Outside | Place::Gone => None,
        }
    }

    fn release(&self, stay: u64) {
        let mut place = self.place();
        if matches!(place.0, Place::Inside(_, current) if current == stay) {
            place.0 = Place::Outside;
        }
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
        if !self.slow.load(Ordering::Relaxed) && !self.wire.emit(event) {
            self.end_slow();
        }
    }

    /// The client does not read what it is sent: its connection ends.
    pub(super) fn end_slow(self: &Arc<Self>) {
        if !self.slow.swap(true, Ordering::Relaxed) {
            self.wire.end_slow(Arc::clone(self));
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
