//! From a client's event to the room, and from the room's answer to the client: the same for every adapter.
//!
//! [`Hub::request`] does not wait for anything. It hands the request to a room's queue before it returns, so requests
//! that are given in one after the other are carried out in that order.

use super::call::Call;
use super::session::{EnterError, Session};
use crate::ids::SessionId;
use crate::limits::Limit;
use crate::protocol::{Answer, ErrorBody, ErrorCode, Event, Request};
use crate::rooms::{Responder, RoomError, RoomManager, SharedEvent};
use crate::telemetry::metrics::Metrics;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio_util::task::TaskTracker;

/// Limits of every session.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// Unanswered requests of one session at most.
    pub max_in_flight: usize,
    /// Sessions at most.
    pub max_connections: usize,
}

/// All sessions, and the way from them to the rooms. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    rooms: RoomManager,
    metrics: Metrics,
    settings: HubSettings,
    sessions: Mutex<HashMap<SessionId, Weak<Session>>>,
    tasks: TaskTracker,
}

impl Hub {
    /// No sessions yet.
    pub fn new(rooms: RoomManager, metrics: Metrics, settings: HubSettings) -> Self {
        let (sessions, tasks) = (Mutex::default(), TaskTracker::new());
        Self(Arc::new(Inner { rooms, metrics, settings, sessions, tasks }))
    }

    /// The metrics that sessions count in.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What adapters start in the background; waited for at the end.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Whether another connection is within the limit.
    pub fn has_room(&self) -> bool {
        let has_room = self.sessions().len() < self.0.settings.max_connections;
        if !has_room {
            self.0.metrics.refused_connections.inc();
            self.0.metrics.limit_refusal(Limit::Connections);
        }
        has_room
    }

    /// Takes a new session in.
    pub fn connected(&self, session: &Arc<Session>) {
        self.sessions().insert(session.id, Arc::downgrade(session));
        self.0.metrics.connections.inc();
    }

    /// A session's connection is gone: its room hears of it, whatever else is going on.
    pub async fn disconnected(&self, session: &Session) {
        self.forget(session);
        if let Some(room) = session.end() {
            room.disconnected(session.id).await;
        }
    }

    /// The same, where nothing can be waited for.
    pub(super) fn dropped(&self, session: &Session) {
        self.forget(session);
        if let Some(room) = session.end() {
            let id = session.id;
            self.0.tasks.spawn(async move { room.disconnected(id).await });
        }
    }

    fn forget(&self, session: &Session) {
        if self.sessions().remove(&session.id).is_some() {
            self.0.metrics.connections.dec();
        }
    }

    /// Tells every session.
    pub fn broadcast(&self, event: Event) {
        let event = SharedEvent::new(event);
        let sessions: Vec<_> = self.sessions().values().filter_map(Weak::upgrade).collect();
        for session in sessions {
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
        let mut call = Call::begin(self.0.metrics.clone(), Arc::clone(session), Box::new(respond));
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

    fn route(&self, session: &Arc<Session>, request: Request, responder: Responder) {
        let rooms = &self.0.rooms;
        match request {
            Request::CreateRoom(_) => rooms.create_room(session.id, request, responder),
            Request::JoinRoom(ref join) => {
                let Some(room) = rooms.find(&join.call_id) else {
                    let error =
                        if session.room().is_some() { RoomError::AlreadyJoined } else { RoomError::RoomNotFound };
                    return responder.answer(Err(error));
                };
                match session.enter(&room) {
                    Ok(sink) => room.request(session.id, request, Some(sink), responder),
                    Err(EnterError::AlreadyInside) => responder.answer(Err(RoomError::AlreadyJoined)),
                    Err(EnterError::Gone) => responder.answer(Err(RoomError::NotJoined)),
                }
            }
            Request::LeaveRoom => match session.exit() {
                Some(room) => room.request(session.id, request, None, responder),
                None => responder.answer(Err(RoomError::NotJoined)),
            },
            request => match session.room() {
                Some(room) => room.request(session.id, request, None, responder),
                None => responder.answer(Err(RoomError::NotJoined)),
            },
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, Weak<Session>>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
