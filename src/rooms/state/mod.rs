//! The rules of a room, pure: input and time in, outputs out, no I/O, no clock and no randomness of its own.
//!
//! A request that needs the worker goes through three steps. *Reserve*: everything that can be checked is, and what
//! counts against a limit is counted at once. *Run*: the worker's call is under way, never cancelled. *Commit*: only if
//! the peer, and what the object stands on, are still there; otherwise what was made is closed again. A peer's id is
//! new with every join, so "the same peer" is the same id.

mod commit;
mod membership;
mod requests;
#[cfg(test)]
mod tests;

use super::RoomError;
use super::RoomSettings;
use super::command::{Input, OpId, Output, Ticket};
use super::peer::Peer;
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, SessionId, TransportId};
use crate::media::protocol::{MediaError, MediaEvent, MediaObject, MediaReply, MediaRequest, RouterRtpCapabilities};
use crate::protocol::{CallId, Direction, Event, Produce, Reason};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// A request to the worker under way, with what its answer is needed for.
#[derive(Debug)]
enum Op {
    CreateRouter,
    CreateTransport { direction: Direction },
    Connect { transport: TransportId },
    Produce { request: Box<Produce> },
    Consume { transport: TransportId, producer: ProducerId },
    PauseProducer { producer: ProducerId, paused: bool },
    PauseConsumer { consumer: ConsumerId },
}

/// Who waits for an operation.
#[derive(Debug, Clone, Copy)]
struct Asker {
    ticket: Ticket,
    peer: PeerId,
}

#[derive(Debug)]
enum Phase {
    /// The router is being made: no requests yet.
    Starting,
    Open {
        rtp_capabilities: Arc<RouterRtpCapabilities>,
    },
    Closed,
}

/// How many things a room has: all of it zero when everyone has left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Peers.
    pub peers: usize,
    /// Their transports.
    pub transports: usize,
    /// Their producers.
    pub producers: usize,
    /// Their consumers.
    pub consumers: usize,
}

/// The state of one room.
#[derive(Debug)]
pub struct State {
    call_id: CallId,
    router: RouterId,
    settings: Arc<RoomSettings>,
    phase: Phase,
    was_open: bool,
    /// Whether somebody has heard yet that the room was made.
    announced: bool,
    peers: BTreeMap<PeerId, Peer>,
    sessions: BTreeMap<SessionId, PeerId>,
    /// Whose each producer is.
    owners: BTreeMap<ProducerId, PeerId>,
    /// Who receives each producer.
    receivers: BTreeMap<ProducerId, BTreeSet<(PeerId, ConsumerId)>>,
    ops: BTreeMap<OpId, (Option<Asker>, Op)>,
    next_op: u64,
    joins: u64,
    /// Since when nobody is in the room.
    empty_since: Option<Instant>,
    outputs: Vec<Output>,
}

impl State {
    /// A new room, and its first wish: a router under the given id.
    pub fn new(call_id: CallId, router: RouterId, settings: Arc<RoomSettings>, now: Instant) -> (Self, Vec<Output>) {
        let mut state = Self {
            call_id,
            router,
            settings,
            phase: Phase::Starting,
            was_open: false,
            announced: false,
            peers: BTreeMap::new(),
            sessions: BTreeMap::new(),
            owners: BTreeMap::new(),
            receivers: BTreeMap::new(),
            ops: BTreeMap::new(),
            next_op: 0,
            joins: 0,
            empty_since: Some(now),
            outputs: Vec::new(),
        };
        state.run(None, Op::CreateRouter, MediaRequest::CreateRouter { router });
        let outputs = std::mem::take(&mut state.outputs);
        (state, outputs)
    }

    /// Takes an input at a moment, and says what is to be done.
    pub fn handle(&mut self, input: Input, now: Instant) -> Vec<Output> {
        match input {
            Input::Request { ticket, session, fresh, request } => self.request(ticket, session, fresh, request, now),
            Input::Disconnected(session) => self.disconnected(session, now),
            Input::MediaDone(op, result) => self.media_done(op, result, now),
            Input::Media(event) => self.media_event(event),
            Input::Tick => {
                if self.deadline().is_some_and(|deadline| deadline <= now) {
                    self.close(Reason::Left);
                }
            }
            Input::Close(reason) => self.close(reason),
        }
        std::mem::take(&mut self.outputs)
    }

    /// Whether requests may be given in: from the moment the router is there until the room closes.
    pub fn open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Whether the room is over.
    pub fn closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// When to send the next [`Input::Tick`].
    pub fn deadline(&self) -> Option<Instant> {
        if !self.open() {
            return None;
        }
        self.empty_since.map(|since| since + self.settings.empty_close)
    }

    /// Whether the router was ever there.
    pub fn was_open(&self) -> bool {
        self.was_open
    }

    /// How many peers are in the room.
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// What is in the room, counted anew.
    pub fn counts(&self) -> Counts {
        let peers = self.peers.values();
        peers.fold(Counts::default(), |counts, peer| Counts {
            peers: counts.peers + 1,
            transports: counts.transports + peer.transports.len(),
            producers: counts.producers + peer.producers.len(),
            consumers: counts.consumers + peer.consumers.len(),
        })
    }

    /// Requests to the worker that are under way.
    pub fn under_way(&self) -> usize {
        self.ops.len()
    }

    fn run(&mut self, asker: Option<Asker>, op: Op, request: MediaRequest) {
        let id = OpId(self.next_op);
        self.next_op += 1;
        self.ops.insert(id, (asker, op));
        self.outputs.push(Output::Media(Some(id), request));
    }

    fn close_media(&mut self, object: MediaObject) {
        self.outputs.push(Output::Media(None, MediaRequest::Close(object)));
    }

    fn answer(&mut self, ticket: Ticket, answer: Result<crate::protocol::Reply, RoomError>) {
        self.outputs.push(Output::Answer(ticket, answer));
    }

    fn tell(&mut self, session: SessionId, event: Event) {
        self.outputs.push(Output::Tell(vec![session], event));
    }

    fn tell_others(&mut self, peer: PeerId, event: Event) {
        let others: Vec<_> = self.peers.values().filter(|other| other.id != peer).map(|other| other.session).collect();
        if !others.is_empty() {
            self.outputs.push(Output::Tell(others, event));
        }
    }

    fn media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::ConsumerClosed(id) => self.consumer_lost(id, Reason::ProducerClosed),
            MediaEvent::ProducerClosed(id) => {
                if let Some(owner) = self.owners.get(&id).copied() {
                    self.remove_producer(owner, id);
                }
            }
            MediaEvent::TransportClosed(id) => {
                let owner = self.peers.values().find(|peer| peer.transports.contains_key(&id)).map(|peer| peer.id);
                if let Some(owner) = owner {
                    self.remove_transport(owner, id);
                }
            }
            MediaEvent::IceConnected { .. } | MediaEvent::ProducerScore { .. } | MediaEvent::ConsumerScore { .. } => {}
            MediaEvent::WorkerLost => self.close(Reason::WorkerLost),
        }
    }

    fn media_done(&mut self, id: OpId, result: Result<MediaReply, MediaError>, now: Instant) {
        let Some((asker, op)) = self.ops.remove(&id) else { return };
        match (asker, op) {
            (None, _) => self.started(result, now),
            (Some(asker), op) => {
                let answer = self.commit(id, asker.peer, op, result);
                self.answer(asker.ticket, answer);
            }
        }
    }

    fn started(&mut self, result: Result<MediaReply, MediaError>, now: Instant) {
        match (&self.phase, result) {
            (Phase::Starting, Ok(MediaReply::Router { rtp_capabilities })) => {
                self.phase = Phase::Open { rtp_capabilities: Arc::from(rtp_capabilities) };
                self.was_open = true;
                self.empty_since = Some(now);
            }
            (Phase::Starting, _) => self.close(Reason::InternalError),
            // Closed before the router was there: only now is there something to close.
            (Phase::Closed, Ok(_)) => self.close_media(MediaObject::Router(self.router)),
            (Phase::Open { .. } | Phase::Closed, _) => {}
        }
    }

    /// Ends the room: everybody hears it and is released, the router closes with all that stands on it. Requests under
    /// way are answered as the worker answers them.
    fn close(&mut self, reason: Reason) {
        if self.closed() {
            return;
        }
        self.phase = Phase::Closed;
        self.empty_since = None;
        let sessions: Vec<_> = self.peers.values().map(|peer| peer.session).collect();
        self.peers.clear();
        self.sessions.clear();
        self.owners.clear();
        self.receivers.clear();
        if !sessions.is_empty() {
            let event = Event::RoomClosed { call_id: self.call_id.clone(), reason };
            self.outputs.push(Output::Tell(sessions.clone(), event));
        }
        self.outputs.extend(sessions.into_iter().map(Output::Release));
        // A router that isn't there yet is closed when it arrives.
        if self.was_open {
            self.close_media(MediaObject::Router(self.router));
        }
        self.outputs.push(Output::Closed);
    }
}
