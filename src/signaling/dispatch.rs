//! From a client's event to the room, and from the room's answer to the client: the same for every adapter.
//!
//! [`Hub::request`] does not wait for anything. It hands the request to a room's queue before it returns, so requests
//! that are given in one after the other are carried out in that order.

use super::call::Call;
use super::session::{Ending, EnterError, Session, Wire};
use crate::ids::SessionId;
use crate::limits::{ClientAddress, Full, Limit, Paces, Place, Places, Rate};
use crate::protocol::{Answer, Caller, ErrorBody, ErrorCode, Event, Request};
use crate::rooms::{Responder, RoomError, RoomManager, SharedEvent};
use crate::telemetry::metrics::Metrics;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Limits of every session.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// Unanswered requests of one session at most.
    pub max_in_flight: usize,
    /// Sessions at most.
    pub max_connections: usize,
    /// Sessions of one address at most.
    pub max_connections_per_address: usize,
    /// Requests of one session.
    pub requests: Rate,
    /// Requests of all sessions of one address.
    pub address_requests: Rate,
    /// How long a session may be in no room.
    pub join_timeout: Option<Duration>,
}

/// Why a connection is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The limit.
    pub limit: Limit,
    /// What it allows.
    pub max: usize,
}

/// Between two looks at what has lasted too long, and at what can be forgotten.
const WATCH: Duration = Duration::from_secs(1);

/// All sessions, and the way from them to the rooms. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    rooms: RoomManager,
    metrics: Metrics,
    settings: HubSettings,
    /// Each with the place that it takes.
    sessions: Mutex<HashMap<SessionId, (Weak<Session>, Place)>>,
    places: Places,
    /// Of requests. Only addresses with a session get in here.
    addresses: Paces,
    tasks: TaskTracker,
}

impl Hub {
    /// No sessions yet.
    pub fn new(rooms: RoomManager, metrics: Metrics, settings: HubSettings) -> Self {
        let (sessions, tasks) = (Mutex::default(), TaskTracker::new());
        let places = Places::new(settings.max_connections_per_address, settings.max_connections);
        let addresses = Paces::new(settings.address_requests);
        Self(Arc::new(Inner { rooms, metrics, settings, sessions, places, addresses, tasks }))
    }

    /// The metrics that sessions count in.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What adapters start in the background; waited for at the end.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Takes a new connection in: what comes over it is asked by that one.
    ///
    /// # Errors
    /// There are as many as there may be, in all or from that address.
    pub fn connect(
        &self,
        wire: Box<dyn Wire>,
        address: ClientAddress,
        caller: Arc<Caller>,
    ) -> Result<Arc<Session>, Refused> {
        let Inner { metrics, settings, places, .. } = &*self.0;
        let place = places.take(address).map_err(|full| {
            let (limit, max) = match full {
                Full::Address => (Limit::ConnectionsPerAddress, settings.max_connections_per_address),
                Full::All => (Limit::Connections, settings.max_connections),
            };
            metrics.refused_connections.inc();
            metrics.limit_refusal(limit);
            Refused { limit, max }
        })?;
        let session = Session::new(wire, address, caller, settings.requests);
        self.sessions().insert(session.id, (Arc::downgrade(&session), place));
        metrics.connections.inc();
        Ok(session)
    }

    /// Ends sessions that have been in no room for too long, and forgets addresses that have no requests to answer for.
    pub async fn watch(self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(WATCH);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            if let Some(timeout) = self.0.settings.join_timeout {
                for session in self.all().into_iter().filter(|session| session.outside_for(timeout)) {
                    session.close(Ending::Idle);
                }
            }
            self.0.addresses.forget();
        }
    }

    /// What a client that has just connected has to be told.
    pub fn greeting(&self) -> Option<SharedEvent> {
        self.0.rooms.drain_deadline().map(|deadline| SharedEvent::new(Event::draining(deadline)))
    }

    fn all(&self) -> Vec<Arc<Session>> {
        self.sessions().values().filter_map(|(session, _)| session.upgrade()).collect()
    }

    /// A session's connection is gone: its room hears of it, whatever else is going on.
    pub async fn disconnected(&self, session: &Session) {
        self.forget(session);
        if let Some(room) = session.end() {
            session.say_goodbye(room).await;
        }
    }

    /// The same, where nothing can be waited for.
    pub(super) fn dropped(&self, session: &Arc<Session>) {
        self.forget(session);
        if let Some(room) = session.end() {
            let session = Arc::clone(session);
            self.0.tasks.spawn(async move { session.say_goodbye(room).await });
        }
    }

    fn forget(&self, session: &Session) {
        if self.sessions().remove(&session.id).is_some() {
            self.0.metrics.connections.dec();
        }
    }

    /// Ends the sessions of those callers, and takes their peers out of their rooms at once, also those that may have come
    /// back over another connection.
    pub fn revoke(&self, revoked: impl Fn(&Caller) -> bool + Send + Sync + 'static) {
        for session in self.all().into_iter().filter(|session| revoked(session.caller())) {
            session.revoke();
        }
        let rooms = self.0.rooms.clone();
        self.0.tasks.spawn(async move { rooms.revoke(Arc::new(revoked)).await });
    }

    /// Tells every session.
    pub fn broadcast(&self, event: Event) {
        let event = SharedEvent::new(event);
        for session in self.all() {
            session.emit(&event);
        }
    }

    /// Carries out one event of a client; `respond` gets the answer, exactly once.
    pub fn request(
        &self,
        session: &Arc<Session>,
        event: &str,
        payload: Result<&RawValue, ErrorBody>,
        respond: impl FnOnce(Answer) + Send + 'static,
    ) {
        let mut call = Call::begin(self.clone(), Arc::clone(session), Box::new(respond));
        if let Err((limit, wait)) = self.step(session) {
            self.0.metrics.limit_refusal(limit);
            let message = format!("more requests than {limit} allows: slow down");
            call.end(Err(ErrorBody::new(ErrorCode::RateLimited, message).retry_after(wait)));
            // Answering what is refused anyway must not be a way to keep the server busy.
            if !session.bears_refusal() {
                session.close(Ending::Flooding);
            }
            return;
        }
        let max = self.0.settings.max_in_flight;
        if !call.within(max) {
            let message = format!("more than {max} unanswered requests (signaling.max_in_flight): wait for answers");
            self.0.metrics.limit_refusal(Limit::InFlight);
            return call.end(Err(ErrorBody::new(ErrorCode::RateLimited, message)));
        }
        // A fault in reading or routing a request is answered, and ends nobody's connection.
        let request = catch_unwind(AssertUnwindSafe(|| {
            payload.and_then(|payload| Request::parse(event, payload).map_err(ErrorBody::from))
        }));
        match request {
            Ok(Ok(request)) => {
                call.is_for(request.event());
                let span = call.span().clone();
                let responder = Responder::new(move |answer| call.answer(answer));
                // Should this panic, the dropped responder has answered.
                drop(catch_unwind(AssertUnwindSafe(|| span.in_scope(|| self.route(session, request, responder)))));
            }
            Ok(Err(error)) => call.end(Err(error)),
            Err(_) => call.answer(Err(RoomError::Fault)),
        }
    }

    /// Counts a request against what its session and its address may send.
    fn step(&self, session: &Session) -> Result<(), (Limit, Duration)> {
        session.step().map_err(|wait| (Limit::Requests, wait))?;
        self.0.addresses.step(session.address).map_err(|wait| (Limit::AddressRequests, wait))
    }

    fn route(&self, session: &Arc<Session>, request: Request, responder: Responder) {
        let (rooms, caller) = (&self.0.rooms, Arc::clone(session.caller()));
        match request {
            Request::CreateRoom(_) => rooms.create_room(session.id, caller, request, responder),
            Request::JoinRoom(ref join) => {
                let Some(room) = rooms.find(&join.call_id) else {
                    let error =
                        if session.room().is_some() { RoomError::AlreadyJoined } else { RoomError::RoomNotFound };
                    return responder.answer(Err(error));
                };
                match session.enter(&room) {
                    Ok(sink) => room.request(session.id, caller, request, Some(sink), responder),
                    Err(EnterError::AlreadyInside) => responder.answer(Err(RoomError::AlreadyJoined)),
                    Err(EnterError::Gone) => responder.answer(Err(RoomError::NotJoined)),
                }
            }
            Request::LeaveRoom => match session.exit() {
                Some(room) => room.request(session.id, caller, request, None, responder),
                None => responder.answer(Err(RoomError::NotJoined)),
            },
            request => match session.room() {
                Some(room) => room.request(session.id, caller, request, None, responder),
                None => responder.answer(Err(RoomError::NotJoined)),
            },
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, (Weak<Session>, Place)>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
