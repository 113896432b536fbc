//! The rules of a room, pure: input and time in, outputs out, no I/O, no clock and no randomness of its own.
//!
//! A request that needs a worker goes through three steps. *Reserve*: everything that can be checked is, and what
//! counts against a limit is counted at once. *Run*: the worker's call is under way, never cancelled. *Commit*: only if
//! the peer, and what the object stands on, are still there; otherwise what was made is closed again. A peer's id is
//! new with every join, so "the same peer" is the same id.
//!
//! A room's producers all stand on its *home* router. When that has as many consumers as it takes, the room opens
//! further routers on other workers, the *spokes* (`spokes`), and producers are piped to them as they are asked for
//! (`pipes`). What stands on a router goes with its worker; the peers stay (`resets`).

mod ceilings;
mod commit;
mod counts;
mod data;
mod demand;
mod membership;
mod messages;
mod moderation;
mod muting;
mod ops;
mod permissions;
mod pipes;
mod presence;
mod quality;
mod remembered;
mod report;
mod requests;
mod resets;
mod resume;
mod scores;
mod speakers;
mod spokes;
mod stats;
#[cfg(test)]
mod tests;

use super::RoomError;
use super::RoomOptions;
use super::RoomSettings;
use super::any::AnyConsumer;
use super::command::{Fresh, Input, OpId, Output, Ticket};
use super::journal::Happening;
use super::peer::Peer;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, PeerId, ProducerId, RouterId, SessionId};
use crate::media::protocol::{MediaEvent, RouterRtpCapabilities};
use crate::protocol::{CallId, Caller, Direction, Event, Reason};
pub use counts::Counts;
use messages::Kept;
use moderation::Moderator;
use ops::{Asker, Op, Pending};
use quality::Round;
use remembered::Remembered;
use resets::Resets;
use speakers::Heard;
use spokes::Spokes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

#[derive(Debug)]
enum Phase {
    /// The first router is being made: no requests yet.
    Starting,
    Open {
        rtp_capabilities: Arc<RouterRtpCapabilities>,
    },
    Closed,
}

/// What comes along with a request.
pub(super) struct Ask {
    pub ticket: Ticket,
    pub session: SessionId,
    pub caller: Arc<Caller>,
    pub fresh: Fresh,
}

/// What is to be looked at again at some moment; it may have settled itself by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// The peer's time to come back is over.
    Grace(PeerId),
    /// The peer's media has had no path for too long.
    Silence(PeerId),
    /// Another worker is looked for.
    ReopenHome,
    /// Less of the producer may be wanted by now.
    Release(ProducerId),
    /// It is time to look how well media gets through.
    Round,
}

/// The state of one room.
#[derive(Debug)]
pub struct State {
    call_id: CallId,
    settings: Arc<RoomSettings>,
    options: RoomOptions,
    phase: Phase,
    was_open: bool,
    /// Whether somebody has heard yet that the room was made.
    announced: bool,
    /// Where all producers stand; none while it is being opened (again).
    home: Option<RouterId>,
    spokes: Spokes,
    resets: Resets,
    peers: BTreeMap<PeerId, Peer>,
    sessions: BTreeMap<SessionId, PeerId>,
    /// Whose each producer is.
    owners: BTreeMap<ProducerId, PeerId>,
    /// Who receives each producer.
    receivers: BTreeMap<ProducerId, BTreeSet<(PeerId, ConsumerId)>>,
    /// Whose each data producer is.
    data_owners: BTreeMap<DataProducerId, PeerId>,
    /// Who receives each data producer.
    data_receivers: BTreeMap<DataProducerId, BTreeSet<(PeerId, DataConsumerId)>>,
    /// Producers whose receivers changed, or what they want.
    demand_changed: BTreeSet<ProducerId>,
    heard: Heard,
    round: Round,
    /// What was said.
    messages: Kept,
    /// Of those who left.
    remembered: Remembered,
    /// Transports asked for while there is no router to make them on.
    waiting_transports: Vec<(Asker, Direction)>,
    ops: BTreeMap<OpId, Pending>,
    next_op: u64,
    joins: u64,
    /// Since when nobody is in the room.
    empty_since: Option<Instant>,
    timers: BTreeSet<(Instant, Timer)>,
    outputs: Vec<Output>,
}

impl State {
    /// A new room, and its first wish: a router.
    pub fn new(
        call_id: CallId,
        settings: Arc<RoomSettings>,
        options: RoomOptions,
        now: Instant,
    ) -> (Self, Vec<Output>) {
        let mut state = Self {
            call_id,
            settings,
            options,
            phase: Phase::Starting,
            was_open: false,
            announced: false,
            home: None,
            spokes: Spokes::default(),
            resets: Resets::default(),
            peers: BTreeMap::new(),
            sessions: BTreeMap::new(),
            owners: BTreeMap::new(),
            receivers: BTreeMap::new(),
            data_owners: BTreeMap::new(),
            data_receivers: BTreeMap::new(),
            demand_changed: BTreeSet::new(),
            heard: Heard::default(),
            round: Round::default(),
            messages: Kept::default(),
            remembered: Remembered::default(),
            waiting_transports: Vec::new(),
            ops: BTreeMap::new(),
            next_op: 0,
            joins: 0,
            empty_since: Some(now),
            timers: BTreeSet::new(),
            outputs: Vec::new(),
        };
        state.open_router(Op::OpenHome);
        let outputs = std::mem::take(&mut state.outputs);
        (state, outputs)
    }

    /// Takes an input at a moment, and says what is to be done.
    pub fn handle(&mut self, input: Input, now: Instant) -> Vec<Output> {
        match input {
            Input::Request { ticket, session, caller, fresh, request } => {
                self.request(Ask { ticket, session, caller, fresh }, request, now);
            }
            Input::Moderate { ticket, caller, action } => {
                let answer = self.moderate(&Moderator { caller, peer: None }, action, now);
                self.answer(ticket, answer);
            }
            Input::Options(options) => self.take_options(options),
            Input::Disconnected(session) => self.disconnected(session, now),
            Input::Expelled(session) => {
                if let Some(peer) = self.sessions.get(&session).copied() {
                    self.leave(peer, Reason::Kicked, now);
                }
            }
            Input::Revoked(peers) => {
                for peer in peers {
                    self.tell(peer, Event::Kicked { reason: Reason::TokenRevoked, by: None });
                    self.leave(peer, Reason::Kicked, now);
                }
            }
            Input::RouterOpened(op, result) => self.router_opened(op, result, now),
            Input::MediaDone(op, result) => self.media_done(op, result, now),
            Input::Media(router, event) => self.media_event(router, event, now),
            Input::Tick => self.tick(now),
            Input::Close(reason) => self.close(reason),
        }
        self.settle_demand(now);
        std::mem::take(&mut self.outputs)
    }

    /// Whether requests may be given in: from the moment the first router is there until the room closes.
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
        let empty = self.empty_since.map(|since| since + self.settings.empty_close);
        let timer = self.timers.first().map(|(at, _)| *at);
        empty.into_iter().chain(timer).min()
    }

    /// Whether a router was ever there.
    pub fn was_open(&self) -> bool {
        self.was_open
    }

    /// How many peers are in the room.
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    /// The peers of those callers.
    pub fn peers_of(&self, wanted: impl Fn(&Caller) -> bool) -> Vec<PeerId> {
        let whose = |peer: &&Peer| wanted(&peer.caller) || wanted(&peer.shown);
        self.peers.values().filter(whose).map(|peer| peer.id).collect()
    }

    /// Requests to workers that are under way.
    pub fn under_way(&self) -> usize {
        self.ops.len()
    }

    fn tick(&mut self, now: Instant) {
        while let Some(&(at, timer)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            match timer {
                Timer::Grace(peer) => self.grace_over(peer, now),
                Timer::Silence(peer) => self.look_for_silence(peer, now),
                Timer::ReopenHome => self.reopen_home(),
                Timer::Release(producer) => self.release_layers(producer, now),
                Timer::Round => self.begin_round(now),
            }
        }
        if self.empty_since.is_some_and(|since| since + self.settings.empty_close <= now) && self.open() {
            self.close(Reason::Left);
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Result<crate::protocol::Reply, RoomError>) {
        self.outputs.push(Output::Answer(ticket, answer));
    }

    fn tell(&mut self, peer: PeerId, event: Event) {
        if let Some(session) = self.peers.get(&peer).and_then(|peer| peer.session) {
            self.outputs.push(Output::Tell(vec![session], event));
        }
    }

    fn tell_others(&mut self, peer: PeerId, event: Event) {
        self.tell_all(|other| other.id != peer, event);
    }

    fn tell_all(&mut self, wanted: impl Fn(&Peer) -> bool, event: Event) {
        let sessions: Vec<_> =
            self.peers.values().filter(|peer| wanted(peer)).filter_map(|peer| peer.session).collect();
        if !sessions.is_empty() {
            self.outputs.push(Output::Tell(sessions, event));
        }
    }

    fn media_event(&mut self, router: RouterId, event: MediaEvent, now: Instant) {
        if !self.has_router(router) {
            return;
        }
        match event {
            MediaEvent::ConsumerClosed(id) => self.consumer_closed(id.into()),
            MediaEvent::DataConsumerClosed(id) => self.consumer_closed(id.into()),
            MediaEvent::ProducerClosed(id) if self.home == Some(router) => {
                if let Some(owner) = self.owners.get(&id).copied() {
                    self.remove_producer(owner, id);
                }
            }
            MediaEvent::DataProducerClosed(id) if self.home == Some(router) => {
                if let Some(owner) = self.data_owners.get(&id).copied() {
                    self.remove_data_producer(owner, id);
                }
            }
            MediaEvent::ProducerClosed(id) => self.piped_producer_lost(router, id.into()),
            MediaEvent::DataProducerClosed(id) => self.piped_producer_lost(router, id.into()),
            MediaEvent::TransportClosed(id) => match self.spokes.of_link(id) {
                Some(spoke) => self.spoke_lost(spoke, now),
                None => {
                    let owner = self.peers.values().find(|peer| peer.transports.contains_key(&id)).map(|peer| peer.id);
                    if let Some(owner) = owner {
                        self.remove_transport(owner, id);
                    }
                }
            },
            MediaEvent::IceConnected { transport, connected } => self.path_changed(transport, connected, now),
            MediaEvent::ProducerScore { producer, score } => self.producer_scored(router, producer, score),
            MediaEvent::ConsumerScore { consumer, score } => self.consumer_scored(consumer, score),
            MediaEvent::ConsumerLayers { consumer, layers } => self.layers_changed(consumer, layers),
            MediaEvent::ActiveSpeaker { producer, .. } => self.speaker_changed(router, producer),
            MediaEvent::AudioLevels { levels, .. } => self.levels_heard(router, levels),
            MediaEvent::WorkerLost => self.router_lost(router, now),
        }
    }

    /// A worker closed a consumer by itself: one of a peer's, or the beginning of a pipe.
    fn consumer_closed(&mut self, id: AnyConsumer) {
        match self.pipe_of(id) {
            Some((spoke, producer)) => self.piped_producer_lost(spoke, producer),
            None => self.consumer_lost(id),
        }
    }

    fn record(&mut self, happening: Happening) {
        self.outputs.push(Output::Record(happening));
    }

    /// All that are in the room leave with it; of one that never was, nothing is to be told.
    fn record_end(&mut self, reason: Reason) {
        if self.was_open {
            let peers = self.peers.values();
            let left: Vec<_> =
                peers.map(|it| Happening::Left { peer_id: it.id, user_id: it.user_id.clone(), reason }).collect();
            left.into_iter().for_each(|left| self.record(left));
            self.record(Happening::Closed { reason });
        }
    }

    /// Ends the room: everybody hears it and is released, the routers close with all that stands on them. Requests
    /// under way are answered as the worker answers them.
    fn close(&mut self, reason: Reason) {
        if self.closed() {
            return;
        }
        self.phase = Phase::Closed;
        self.empty_since = None;
        self.timers.clear();
        for (asker, _) in std::mem::take(&mut self.waiting_transports) {
            self.answer(asker.ticket, Err(RoomError::RoomClosed));
        }
        self.close_spokes(RoomError::RoomClosed);
        let sessions: Vec<_> = self.peers.values().filter_map(|peer| peer.session).collect();
        self.record_end(reason);
        self.peers.clear();
        self.sessions.clear();
        self.owners.clear();
        self.receivers.clear();
        self.data_owners.clear();
        self.data_receivers.clear();
        if !sessions.is_empty() {
            let event = Event::RoomClosed { call_id: self.call_id.clone(), reason };
            self.outputs.push(Output::Tell(sessions.clone(), event));
        }
        self.outputs.extend(sessions.into_iter().map(Output::Release));
        // A router that isn't there yet is closed when it arrives.
        if let Some(home) = self.home.take() {
            self.outputs.push(Output::CloseRouter(home));
        }
        self.outputs.push(Output::Closed);
    }
}
