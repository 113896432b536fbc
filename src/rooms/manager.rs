//! Which rooms there are: finds them by their call, makes them on a worker of the pool, forgets them when they close.

use super::actor::{Actor, Envelope, IsRevoked, RoomHandle};
use super::admission::admit;
use super::sink::Responder;
use super::{Creation, Entry, Happening, OnEntry, OnQuality, QualityNote, RoomError, RoomOptions, RoomSettings};
use crate::ice::IceServers;
use crate::ids::SessionId;
use crate::limits::{Limit, OnLimit};
use crate::media::Pool;
use crate::protocol::{CallId, Caller, Moderation, Permission, Request};
use std::collections::{HashMap, hash_map};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Span;

/// How long whoever keeps order from outside waits for the room.
const MODERATION_DEADLINE: Duration = Duration::from_secs(2);

/// What there is, for probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomsReport {
    /// Rooms.
    pub rooms: usize,
    /// Peers in all of them.
    pub peers: usize,
    /// How often a peer had to be told that its media was lost, since the start.
    pub media_resets: u64,
}

/// All rooms of this server. Cheap to clone.
#[derive(Clone)]
pub struct RoomManager(Arc<Inner>);

struct Inner {
    /// Held only to look up, insert or remove: never while anything waits.
    rooms: Mutex<Rooms>,
    /// How many there are, for who waits for none to be left.
    count: watch::Sender<usize>,
    settings: Arc<RoomSettings>,
    pool: Pool,
    ice_servers: IceServers,
    actors: TaskTracker,
    stop: CancellationToken,
    peers: AtomicUsize,
    media_resets: AtomicU64,
    on_limit: OnLimit,
    on_quality: OnQuality,
    on_entry: OnEntry,
}

#[derive(Default)]
struct Rooms {
    open: HashMap<CallId, RoomHandle>,
    /// Calls that were made before their room, and what holds for it.
    booked: HashMap<CallId, RoomOptions>,
    /// While no new room is made: until when those there are should have ended.
    drain_deadline: Option<SystemTime>,
    shutting_down: bool,
}

impl RoomManager {
    /// No rooms yet. `on_limit` hears of rooms that a limit ended (what a limit refused is told to who asked),
    /// `on_quality` of how well media gets through, `on_entry` of what belongs into the books.
    pub fn new(
        settings: RoomSettings,
        pool: Pool,
        ice_servers: IceServers,
        on_limit: OnLimit,
        on_quality: OnQuality,
        on_entry: OnEntry,
    ) -> Self {
        Self(Arc::new(Inner {
            rooms: Mutex::default(),
            settings: Arc::new(settings),
            pool,
            ice_servers,
            actors: TaskTracker::new(),
            stop: CancellationToken::new(),
            count: watch::Sender::new(0),
            peers: AtomicUsize::new(0),
            media_resets: AtomicU64::new(0),
            on_limit,
            on_quality,
            on_entry,
        }))
    }

    /// Hands a `createRoom` to the call's room, made for it if need be: two at the same moment meet in the same room.
    pub fn create_room(&self, session: SessionId, caller: Arc<Caller>, request: Request, responder: Responder) {
        self.create(Box::new(Envelope { session, caller, request, responder, sink: None, span: Span::current() }));
    }

    /// The call's room, if there is one.
    pub fn find(&self, call_id: &CallId) -> Option<RoomHandle> {
        self.rooms().open.get(call_id).cloned()
    }

    /// Makes a call known before anybody comes: its room opens with these options, also where nobody may make rooms. If
    /// the room is open, they hold from now on. The booking ends with the room.
    ///
    /// # Errors
    /// There are as many bookings as there may be.
    pub fn book(&self, call_id: &CallId, options: RoomOptions) -> Result<(), RoomError> {
        let max = self.0.settings.max_bookings;
        let mut rooms = self.rooms();
        if rooms.booked.len() >= max && !rooms.booked.contains_key(call_id) {
            (self.0.on_limit)(Limit::Bookings);
            return Err(RoomError::LimitExceeded { limit: Limit::Bookings, max });
        }
        rooms.booked.insert(call_id.clone(), options);
        if let Some(room) = rooms.open.get(call_id) {
            room.set_options(options);
        }
        Ok(())
    }

    /// Takes a booking back; a room that is open stays.
    pub fn unbook(&self, call_id: &CallId) {
        self.rooms().booked.remove(call_id);
    }

    /// What a call was booked with.
    pub fn booked(&self, call_id: &CallId) -> Option<RoomOptions> {
        self.rooms().booked.get(call_id).copied()
    }

    /// Keeps order in a call's room, for somebody who is not in it.
    ///
    /// # Errors
    /// No room is open, the caller may not do this, or whom it is about is not there; the room may also have too much to
    /// do to answer within two seconds.
    pub async fn moderate(&self, call_id: &CallId, caller: Arc<Caller>, action: Moderation) -> Result<(), RoomError> {
        admit(&caller, call_id, SystemTime::now())?;
        let room = self.find(call_id).ok_or(RoomError::RoomNotFound)?;
        let done = tokio::time::timeout(MODERATION_DEADLINE, room.moderate(caller, action)).await;
        done.unwrap_or(Err(RoomError::RoomBusy))
    }

    /// Takes the peers of those callers out of all rooms, also those that nobody is connected to just now.
    pub async fn revoke(&self, revoked: IsRevoked) {
        let rooms: Vec<_> = self.rooms().open.values().cloned().collect();
        for room in rooms {
            room.revoke(Arc::clone(&revoked)).await;
        }
    }

    /// What there is just now.
    pub fn report(&self) -> RoomsReport {
        RoomsReport {
            rooms: self.rooms().open.len(),
            peers: self.0.peers.load(Ordering::Relaxed),
            media_resets: self.0.media_resets.load(Ordering::Relaxed),
        }
    }

    /// From now on no new room is made; those there are go on, until then at the longest. False, and nothing changes, if
    /// that is so already.
    pub fn drain(&self, deadline: SystemTime) -> bool {
        let mut rooms = self.rooms();
        let begins = rooms.drain_deadline.is_none() && !rooms.shutting_down;
        if begins {
            rooms.drain_deadline = Some(deadline);
        }
        begins
    }

    /// New rooms are made again; false if they were all along.
    pub fn cancel_drain(&self) -> bool {
        self.rooms().drain_deadline.take().is_some()
    }

    /// Until when the rooms should have ended, while no new ones are made.
    pub fn drain_deadline(&self) -> Option<SystemTime> {
        self.rooms().drain_deadline
    }

    /// Whether no new rooms are made, for a while or for good.
    pub fn draining(&self) -> bool {
        let rooms = self.rooms();
        rooms.drain_deadline.is_some() || rooms.shutting_down
    }

    /// Waits until there is no room.
    pub async fn until_none(&self) {
        let mut count = self.0.count.subscribe();
        // The sender lives as long as this.
        drop(count.wait_for(|count| *count == 0).await);
    }

    /// From now on no new room is made, for good.
    pub fn begin_shutdown(&self) {
        self.rooms().shutting_down = true;
    }

    /// Closes all rooms and waits for them.
    pub async fn shutdown(&self) {
        self.begin_shutdown();
        self.0.stop.cancel();
        self.0.actors.close();
        self.0.actors.wait().await;
    }

    pub(super) fn create(&self, mut envelope: Box<Envelope>) {
        // A room that closes between our finding it and sending to it has left the map by the next look.
        loop {
            let Request::CreateRoom(request) = &envelope.request else {
                return envelope.refuse(RoomError::Fault);
            };
            let admitted = admit(&envelope.caller, &request.call_id, SystemTime::now());
            let room = match admitted.and_then(|()| self.find_or_open(&request.call_id, &envelope.caller)) {
                Ok(room) => room,
                Err(error) => return envelope.refuse(error),
            };
            match room.send(envelope) {
                Ok(()) => return,
                Err(TrySendError::Full(refused)) => return refused.refuse(RoomError::RoomBusy),
                Err(TrySendError::Closed(returned)) => {
                    self.forget(&room, false);
                    envelope = returned;
                }
            }
        }
    }

    /// Whether the caller may make a room of a call that has none.
    fn may_open(&self, caller: &Caller, booked: bool) -> bool {
        let settings = &self.0.settings;
        let permitted = || caller.permissions(&settings.roles).allow(Permission::CreateRoom);
        match settings.creation {
            _ if booked => true,
            Creation::Anyone => true,
            Creation::Permitted => permitted(),
            Creation::Booked => (caller.token_id.is_some() || caller.operator) && permitted(),
        }
    }

    fn find_or_open(&self, call_id: &CallId, caller: &Caller) -> Result<RoomHandle, RoomError> {
        let inner = &self.0;
        let mut rooms = self.rooms();
        let Rooms { open, booked, drain_deadline, shutting_down } = &mut *rooms;
        let booking = booked.get(call_id).copied();
        let count = open.len();
        match open.entry(call_id.clone()) {
            hash_map::Entry::Occupied(room) => Ok(room.get().clone()),
            hash_map::Entry::Vacant(_) if !self.may_open(caller, booking.is_some()) => {
                Err(RoomError::Forbidden(Permission::CreateRoom))
            }
            hash_map::Entry::Vacant(_) if *shutting_down => Err(RoomError::ShuttingDown),
            hash_map::Entry::Vacant(_) if drain_deadline.is_some() => Err(RoomError::Draining),
            hash_map::Entry::Vacant(_) if count >= inner.settings.max_rooms => {
                Err(RoomError::LimitExceeded { limit: Limit::Rooms, max: inner.settings.max_rooms })
            }
            hash_map::Entry::Vacant(place) => {
                let placement = inner.pool.place(&[]).ok_or(RoomError::NoWorker)?;
                let stop = inner.stop.child_token();
                let options = booking.unwrap_or_default();
                let (actor, handle) = Actor::new(call_id.clone(), self.clone(), placement, &inner.settings, options);
                inner.actors.spawn(actor.run(Arc::clone(&inner.settings), stop));
                inner.count.send_replace(count + 1);
                Ok(place.insert(handle).clone())
            }
        }
    }

    /// Takes a room out of the map, unless another has taken its place; if it was the end of the call, with its booking.
    pub(super) fn forget(&self, room: &RoomHandle, ended: bool) {
        let mut rooms = self.rooms();
        if rooms.open.get(room.call_id()).is_some_and(|current| current.same_room(room)) {
            rooms.open.remove(room.call_id());
            if ended {
                rooms.booked.remove(room.call_id());
            }
            self.0.count.send_replace(rooms.open.len());
        }
    }

    pub(super) fn count_peers(&self, before: usize, now: usize) {
        match now.checked_sub(before) {
            Some(more) => self.0.peers.fetch_add(more, Ordering::Relaxed),
            None => self.0.peers.fetch_sub(before - now, Ordering::Relaxed),
        };
    }

    pub(super) fn count_media_resets(&self, peers: usize) {
        self.0.media_resets.fetch_add(peers as u64, Ordering::Relaxed);
    }

    pub(super) fn count_quality(&self, notes: &[QualityNote]) {
        notes.iter().for_each(|note| (self.0.on_quality)(note));
    }

    pub(super) fn record(&self, call_id: &CallId, happening: Happening) {
        (self.0.on_entry)(Entry { call_id: call_id.clone(), at: SystemTime::now(), happening });
    }

    pub(super) fn count_limit(&self, limit: Limit) {
        (self.0.on_limit)(limit);
    }

    /// What peers are told to find a path through.
    pub(super) fn ice_servers(&self) -> &IceServers {
        &self.0.ice_servers
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.0.pool
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
