//! The task that owns a room: carries inputs into its state and its outputs out. All waiting is here, all rules are in
//! [`super::state`].

use super::alarm::Alarm;
use super::command::{Fresh, Input, OpId, Output, Ticket};
use super::manager::RoomManager;
use super::routers::{Opened, Routers};
use super::sink::{EventSink, Responder, SharedEvent};
use super::state::State;
use super::{RoomError, RoomOptions, RoomReport, RoomSettings};
use crate::ids::{PeerId, RouterId, SessionId};
use crate::media::Placement;
use crate::media::protocol::{MediaError, MediaReply};
use crate::protocol::{CallId, Caller, Event, Moderation, Reason, Reply, Request};
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, FuturesUnordered, StreamExt as _};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{Span, field};

/// A request with all that it takes to answer it.
pub(super) struct Envelope {
    pub session: SessionId,
    pub caller: Arc<Caller>,
    pub request: Request,
    pub responder: Responder,
    /// Where a joining session's events go.
    pub sink: Option<Arc<dyn EventSink>>,
    /// Of the request, for the log.
    pub span: Span,
}

pub(super) enum Message {
    Request(Box<Envelope>),
    Disconnected(SessionId),
    /// The same, for good.
    Expelled(SessionId),
    /// Those callers may not be here any more.
    Revoked(IsRevoked),
    /// Somebody outside keeps order.
    Moderate(Arc<Caller>, Moderation, Responder),
    /// What is in the room.
    Report(oneshot::Sender<RoomReport>),
}

/// Tells of whom to take leave.
pub type IsRevoked = Arc<dyn Fn(&Caller) -> bool + Send + Sync>;

/// Where to reach a room. Cheap to clone; does not keep the room open.
#[derive(Clone)]
pub struct RoomHandle {
    call_id: CallId,
    messages: mpsc::Sender<Message>,
    options: watch::Sender<RoomOptions>,
}

impl RoomHandle {
    /// The room's call.
    pub fn call_id(&self) -> &CallId {
        &self.call_id
    }

    /// Hands in a request; it keeps its place among those of the same session. The responder hears of every outcome.
    pub fn request(
        &self,
        session: SessionId,
        caller: Arc<Caller>,
        request: Request,
        sink: Option<Arc<dyn EventSink>>,
        responder: Responder,
    ) {
        let envelope = Box::new(Envelope { session, caller, request, responder, sink, span: Span::current() });
        match self.send(envelope) {
            Ok(()) => {}
            Err(TrySendError::Full(envelope)) => envelope.refuse(RoomError::RoomBusy),
            Err(TrySendError::Closed(envelope)) => envelope.refuse(RoomError::RoomClosed),
        }
    }

    pub(super) fn send(&self, envelope: Box<Envelope>) -> Result<(), TrySendError<Box<Envelope>>> {
        self.messages.try_send(Message::Request(envelope)).map_err(|error| match error {
            TrySendError::Full(Message::Request(envelope)) => TrySendError::Full(envelope),
            TrySendError::Closed(Message::Request(envelope)) => TrySendError::Closed(envelope),
            TrySendError::Full(_) | TrySendError::Closed(_) => {
                unreachable!("what was sent comes back")
            }
        })
    }

    /// Tells the room that a session's connection is gone; waits for a place in the queue, so it is never lost.
    pub async fn disconnected(&self, session: SessionId) {
        // A closed room has no members to lose.
        drop(self.messages.send(Message::Disconnected(session)).await);
    }

    /// The same of one whose peer shall not come back.
    pub async fn expelled(&self, session: SessionId) {
        drop(self.messages.send(Message::Expelled(session)).await);
    }

    /// Takes the peers of those callers out, also those that nobody is connected to; waits for a place in the queue.
    pub(super) async fn revoke(&self, revoked: IsRevoked) {
        drop(self.messages.send(Message::Revoked(revoked)).await);
    }

    /// Changes what holds for this room instead of what holds for all; never lost, however busy the room is.
    pub(super) fn set_options(&self, options: RoomOptions) {
        self.options.send_replace(options);
    }

    /// Keeps order from outside of the room.
    pub(super) async fn moderate(&self, caller: Arc<Caller>, action: Moderation) -> Result<(), RoomError> {
        let (sender, answered) = oneshot::channel();
        let responder = Responder::new(move |answer| drop(sender.send(answer)));
        self.messages.try_send(Message::Moderate(caller, action, responder)).map_err(|error| match error {
            TrySendError::Full(_) => RoomError::RoomBusy,
            TrySendError::Closed(_) => RoomError::RoomNotFound,
        })?;
        answered.await.unwrap_or(Err(RoomError::RoomClosed)).map(drop)
    }

    /// What is in the room, once it is that one's turn in the queue.
    ///
    /// # Errors
    /// The room has too much to do, or is closed.
    pub async fn report(&self) -> Result<RoomReport, RoomError> {
        let (answer, answered) = oneshot::channel();
        self.messages.try_send(Message::Report(answer)).map_err(|error| match error {
            TrySendError::Full(_) => RoomError::RoomBusy,
            TrySendError::Closed(_) => RoomError::RoomClosed,
        })?;
        answered.await.map_err(|_| RoomError::RoomClosed)
    }

    pub(super) fn same_room(&self, other: &Self) -> bool {
        self.messages.same_channel(&other.messages)
    }
}

impl Envelope {
    /// Answers with an error; a join that failed leaves the session outside.
    pub(super) fn refuse(self, error: RoomError) {
        if let (Request::JoinRoom(_), Some(sink)) = (&self.request, &self.sink) {
            sink.released();
        }
        self.responder.answer(Err(error));
    }
}

/// A session that joins or has joined.
struct Member {
    sink: Arc<dyn EventSink>,
    /// For the log; none until the join is answered.
    peer: Option<PeerId>,
}

/// A request that has no answer yet.
struct Waiting {
    /// None: of somebody outside.
    session: Option<SessionId>,
    responder: Responder,
    span: Span,
}

/// What a worker was asked has come to something.
enum Done {
    Opened(OpId, RouterId, Opened),
    Media(OpId, Result<MediaReply, MediaError>),
}

pub(super) struct Actor {
    call_id: CallId,
    manager: RoomManager,
    routers: Routers,
    handle: RoomHandle,
    messages: mpsc::Receiver<Message>,
    members: HashMap<SessionId, Member>,
    waiting: HashMap<Ticket, Waiting>,
    calls: FuturesUnordered<BoxFuture<'static, Done>>,
    tickets: u64,
}

impl Actor {
    pub(super) fn new(
        call_id: CallId,
        manager: RoomManager,
        placement: Placement,
        settings: &RoomSettings,
        options: RoomOptions,
    ) -> (Self, RoomHandle) {
        let (sender, messages) = mpsc::channel(settings.queue);
        let handle = RoomHandle { call_id: call_id.clone(), messages: sender, options: watch::Sender::new(options) };
        let actor = Self {
            call_id,
            routers: Routers::new(manager.pool().clone(), placement),
            manager,
            handle: handle.clone(),
            messages,
            members: HashMap::new(),
            waiting: HashMap::new(),
            calls: FuturesUnordered::new(),
            tickets: 0,
        };
        (actor, handle)
    }

    /// Runs the room until it is closed and nothing of it is under way.
    pub(super) async fn run(mut self, settings: Arc<RoomSettings>, stop: CancellationToken) {
        let mut options = self.handle.options.subscribe();
        let initial = *options.borrow_and_update();
        // What seldom happens is waited for all the time, not anew at each turn.
        let mut stopped = pin!(stop.cancelled());
        let mut changes = pin!(stream::unfold(options, next_options));
        let mut alarm = Alarm::new();
        let (mut state, outputs) = State::new(self.call_id.clone(), settings, initial, Instant::now());
        tracing::info!(room = %self.call_id, "room {} opened", self.call_id);
        self.carry_out(outputs, &state);
        let mut peers = 0;
        while !(state.closed() && self.calls.is_empty()) {
            alarm.set(state.deadline());
            let input = tokio::select! {
                biased;
                Some(done) = self.calls.next() => match done {
                    Done::Media(op, result) => Input::MediaDone(op, result),
                    Done::Opened(op, router, outcome) => Input::RouterOpened(op, self.routers.opened(router, outcome)),
                },
                (router, event) = self.routers.next(), if !state.closed() => Input::Media(router, event),
                () = &mut stopped, if !state.closed() => Input::Close(Reason::ServerShutdown),
                Some(options) = changes.next(), if !state.closed() => Input::Options(options),
                Some(message) = self.messages.recv(), if state.open() => match self.receive(message, &state) {
                    Some(input) => input,
                    None => continue,
                },
                () = alarm.rings() => Input::Tick,
            };
            // A fault in the rules must not take the server along: the room it happened in is the only one to go.
            let outputs = catch_unwind(AssertUnwindSafe(|| state.handle(input, Instant::now())));
            let outputs = outputs.unwrap_or_else(|_| {
                tracing::error!(room = %self.call_id, "room {} failed and is closed", self.call_id);
                self.waiting.clear();
                state.handle(Input::Close(Reason::InternalError), Instant::now())
            });
            self.carry_out(outputs, &state);
            let now = state.peers();
            if now != peers {
                self.manager.count_peers(peers, now);
                peers = now;
            }
        }
        tracing::info!(room = %self.call_id, "room {} closed", self.call_id);
    }

    /// Takes a message in, or answers what is no affair of the rules.
    fn receive(&mut self, message: Message, state: &State) -> Option<Input> {
        match message {
            Message::Disconnected(session) => Some(Input::Disconnected(session)),
            Message::Expelled(session) => Some(Input::Expelled(session)),
            Message::Revoked(revoked) => Some(Input::Revoked(state.peers_of(&*revoked))),
            Message::Moderate(caller, action, responder) => {
                let ticket = self.wait(Waiting { session: None, responder, span: Span::current() });
                Some(Input::Moderate { ticket, caller, action })
            }
            Message::Report(answer) => {
                // Who asked may have gone.
                drop(answer.send(state.report(Instant::now(), SystemTime::now())));
                None
            }
            Message::Request(envelope) => {
                let Envelope { session, caller, request, responder, sink, span } = *envelope;
                // A second join of a session that is inside is refused, and must not take the first one's place.
                if let Some(sink) = sink {
                    self.members.entry(session).or_insert(Member { sink, peer: None });
                }
                span.record("room", field::display(&self.call_id));
                if let Some(peer) = self.members.get(&session).and_then(|member| member.peer) {
                    span.record("peer", field::display(peer));
                }
                let ticket = self.wait(Waiting { session: Some(session), responder, span });
                Some(Input::Request { ticket, session, caller, fresh: Fresh::random(), request })
            }
        }
    }

    fn carry_out(&mut self, outputs: Vec<Output>, state: &State) {
        for output in outputs {
            match output {
                Output::Answer(ticket, answer) => self.answer(ticket, answer),
                Output::Tell(sessions, event) => {
                    if matches!(event, Event::MediaReset { .. }) {
                        self.manager.count_media_resets(sessions.len());
                    }
                    let event = SharedEvent::new(event);
                    for member in sessions.iter().filter_map(|session| self.members.get(session)) {
                        member.sink.deliver(&event);
                    }
                }
                Output::OpenRouter(op) => {
                    let opening = self.routers.open();
                    self.calls.push(Box::pin(opening.map(move |(router, outcome)| Done::Opened(op, router, outcome))));
                }
                Output::CloseRouter(router) => self.routers.close(router),
                Output::Media(op, router, request) => {
                    let call = self.routers.call(router, request);
                    if let Some(op) = op {
                        self.calls.push(Box::pin(call.map(move |result| Done::Media(op, result))));
                    }
                }
                Output::Release(session) => {
                    if let Some(member) = self.members.remove(&session) {
                        member.sink.released();
                    }
                }
                Output::Limited(limit) => self.manager.count_limit(limit),
                Output::Noted(notes) => self.manager.count_quality(&notes),
                Output::Record(happening) => self.manager.record(&self.call_id, happening),
                Output::Closed => self.turn_away(state),
            }
        }
    }

    fn wait(&mut self, waiting: Waiting) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting.insert(ticket, waiting);
        ticket
    }

    fn answer(&mut self, ticket: Ticket, mut answer: Result<Reply, RoomError>) {
        let Some(Waiting { session, responder, span }) = self.waiting.remove(&ticket) else { return };
        let Some(session) = session else { return responder.answer(answer) };
        if let (Ok(Reply::Joined(joined)), Some(member)) = (&answer, self.members.get_mut(&session)) {
            member.peer = Some(joined.peer_id);
            span.record("peer", field::display(joined.peer_id));
        }
        let peer = self.members.get(&session).and_then(|member| member.peer);
        if let (Ok(reply), Some(peer)) = (&mut answer, peer)
            && let Some(ice_servers) = reply.ice_servers_mut()
        {
            // The peer's id is in our log too, and says nothing to others.
            *ice_servers = self.manager.ice_servers().of(&peer.to_string(), SystemTime::now());
        }
        span.in_scope(|| responder.answer(answer));
    }

    /// The room is over: from here on its name is free, and who still asked for it is sent on or refused.
    fn turn_away(&mut self, state: &State) {
        self.manager.forget(&self.handle, state.was_open());
        self.messages.close();
        while let Ok(message) = self.messages.try_recv() {
            match message {
                Message::Request(envelope)
                    if matches!(envelope.request, Request::CreateRoom(_)) && state.was_open() =>
                {
                    self.manager.create(envelope);
                }
                Message::Request(envelope) => {
                    let error = if state.was_open() { RoomError::RoomClosed } else { RoomError::NoWorker };
                    envelope.refuse(error);
                }
                Message::Moderate(_, _, responder) => responder.answer(Err(RoomError::RoomClosed)),
                Message::Disconnected(_) | Message::Expelled(_) | Message::Revoked(_) | Message::Report(_) => {}
            }
        }
    }
}

impl Drop for Actor {
    /// Also a task that ended by a fault gives its name back; after an orderly end it is free already.
    fn drop(&mut self) {
        self.manager.forget(&self.handle, false);
    }
}

/// What the room is to be run with from now on; the way there stays open as long as the room has its own handle.
async fn next_options(
    mut changes: watch::Receiver<RoomOptions>,
) -> Option<(RoomOptions, watch::Receiver<RoomOptions>)> {
    changes.changed().await.ok()?;
    let options = *changes.borrow_and_update();
    Some((options, changes))
}
