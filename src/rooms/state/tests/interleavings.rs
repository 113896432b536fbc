//! Random interleavings, with what must hold after every step and at the end.

use super::worker::ModelWorker;
use super::*;
use crate::protocol::{ConnectTransport, Consume};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// One thing that happens; the numbers pick among what there is.
#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Join(usize),
    Leave(usize),
    Disconnect(usize),
    CreateTransport(usize, bool),
    Connect(usize, usize),
    Produce(usize, usize),
    Consume(usize, usize, usize),
    PauseProducer(usize, usize, bool),
    CloseProducer(usize, usize),
    ResumeConsumer(usize, usize),
    CloseConsumer(usize, usize),
    List(usize),
    Answer(usize, bool),
    ClosedBelow(usize),
    WorkerLost,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let n = || 0..4_usize;
    prop_oneof![
        2 => n().prop_map(Step::Create),
        8 => n().prop_map(Step::Join),
        2 => n().prop_map(Step::Leave),
        2 => n().prop_map(Step::Disconnect),
        8 => (n(), any::<bool>()).prop_map(|(s, send)| Step::CreateTransport(s, send)),
        3 => (n(), n()).prop_map(|(s, i)| Step::Connect(s, i)),
        8 => (n(), n()).prop_map(|(s, i)| Step::Produce(s, i)),
        10 => (n(), n(), n()).prop_map(|(s, i, p)| Step::Consume(s, i, p)),
        3 => (n(), n(), any::<bool>()).prop_map(|(s, i, paused)| Step::PauseProducer(s, i, paused)),
        2 => (n(), n()).prop_map(|(s, i)| Step::CloseProducer(s, i)),
        3 => (n(), n()).prop_map(|(s, i)| Step::ResumeConsumer(s, i)),
        2 => (n(), n()).prop_map(|(s, i)| Step::CloseConsumer(s, i)),
        1 => n().prop_map(Step::List),
        30 => (n(), prop::bool::weighted(0.1)).prop_map(|(i, fail)| Step::Answer(i, fail)),
        2 => n().prop_map(Step::ClosedBelow),
        1 => Just(Step::WorkerLost),
        2 => (0..12_u64).prop_map(Step::Wait),
    ]
}

fn pick<T>(mut among: impl ExactSizeIterator<Item = T>, index: usize) -> Option<T> {
    let count = among.len();
    (count > 0).then(|| among.nth(index % count)).flatten()
}

struct World {
    state: State,
    worker: ModelWorker,
    now: Instant,
    sessions: Vec<SessionId>,
    tickets: u64,
    answers: BTreeMap<Ticket, usize>,
    /// Sessions that the room has not released since they joined.
    members: HashSet<SessionId>,
    joining: BTreeMap<Ticket, SessionId>,
    told_closed: BTreeSet<ConsumerId>,
    over: bool,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        let (state, outputs) = State::new(call_id(), RouterId::random(), Arc::new(settings()), now);
        let sessions = (0..4).map(|_| SessionId::random()).collect();
        let mut world = Self {
            state,
            worker: ModelWorker::default(),
            now,
            sessions,
            tickets: 0,
            answers: BTreeMap::new(),
            members: HashSet::new(),
            joining: BTreeMap::new(),
            told_closed: BTreeSet::new(),
            over: false,
        };
        world.carry_out(outputs);
        world
    }

    fn give(&mut self, input: Input) {
        let outputs = self.state.handle(input, self.now);
        self.carry_out(outputs);
        self.check();
    }

    fn ask(&mut self, session: SessionId, request: Request) {
        // As its actor does: no requests before the router is there, none after the room has closed.
        if !self.state.open() {
            return;
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.answers.insert(ticket, 0);
        if matches!(request, Request::JoinRoom(_)) {
            self.joining.insert(ticket, session);
        }
        self.give(Input::Request { ticket, session, fresh: PeerId::random(), request });
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Answer(ticket, answer) => {
                    *self.answers.get_mut(&ticket).expect("answers what was asked") += 1;
                    if let (Some(session), Ok(Reply::Joined(_))) = (self.joining.remove(&ticket), &answer) {
                        self.members.insert(session);
                    }
                }
                Output::Tell(sessions, event) => {
                    for session in &sessions {
                        assert!(self.members.contains(session), "{event:?} for one who is not in the room");
                    }
                    if let Event::ConsumerClosed(consumer) = event {
                        assert!(self.told_closed.insert(consumer.consumer_id), "told twice: {consumer:?}");
                    }
                }
                Output::Media(op, request) => {
                    self.worker.take(op, request);
                }
                Output::Release(session) => drop(self.members.remove(&session)),
                Output::Closed => {
                    assert!(!self.over, "closed twice");
                    self.over = true;
                }
            }
        }
    }

    /// What holds after every step: the room's books and the worker's agree.
    fn check(&self) {
        let state = &self.state;
        let peers = || state.peers.values();
        let transports: HashSet<_> = peers().flat_map(|peer| peer.transports.keys().copied()).collect();
        let producers: BTreeSet<_> = peers().flat_map(|peer| peer.producers.keys().copied()).collect();
        let consumers: BTreeSet<_> = peers().flat_map(|peer| peer.consumers.keys().copied()).collect();
        assert_eq!(transports, self.worker.transports, "transports");
        assert_eq!(producers, self.worker.producers.keys().copied().collect(), "producers");
        assert_eq!(consumers, self.worker.consumers.keys().copied().collect(), "consumers");
        assert_eq!(producers, state.owners.keys().copied().collect(), "owners");
        let received: BTreeSet<_> = state.receivers.values().flatten().map(|(_, consumer)| *consumer).collect();
        assert_eq!(consumers, received, "receivers");
        assert_eq!(state.sessions.len(), state.peers.len());
        let settings = settings();
        assert!(state.peers.len() <= settings.max_peers);
        for peer in peers() {
            assert!(self.members.contains(&peer.session));
            assert!(peer.transports.len() + peer.reserved.transports <= settings.max_transports_per_peer);
            assert!(peer.producers.len() + peer.reserved.producers <= settings.max_producers_per_peer);
            assert!(peer.consumers.len() + peer.reserved.consumers <= settings.max_consumers_per_peer);
        }
        assert_eq!(state.peers.is_empty(), state.empty_since.is_some() || !state.open());
        assert_eq!(self.worker.pending.len(), state.under_way());
        self.check_reservations();
    }

    /// What a peer has reserved is what is under way for it.
    fn check_reservations(&self) {
        for peer in self.state.peers.values() {
            let own = || self.state.ops.values().filter(|(asker, _)| asker.is_some_and(|asker| asker.peer == peer.id));
            let count = |of: fn(&Op) -> bool| own().filter(|(_, op)| of(op)).count();
            assert_eq!(peer.reserved.transports, count(|op| matches!(op, Op::CreateTransport { .. })));
            assert_eq!(peer.reserved.producers, count(|op| matches!(op, Op::Produce { .. })));
            assert_eq!(peer.reserved.consumers, count(|op| matches!(op, Op::Consume { .. })));
        }
    }

    /// Mostly one of the session's own that fits, now and then anybody's or none.
    fn transport(&self, session: SessionId, direction: Direction, index: usize) -> TransportId {
        let peer = self.state.sessions.get(&session).and_then(|id| self.state.peers.get(id));
        let own = peer.into_iter().flat_map(|peer| &peer.transports);
        let fitting: Vec<_> = own.filter(|(_, own)| own.direction == direction).map(|(id, _)| *id).collect();
        match index {
            0 => self.worker.transports.iter().next().copied().unwrap_or_else(TransportId::random),
            index => pick(fitting.into_iter(), index).unwrap_or_else(TransportId::random),
        }
    }

    fn producer(&self, index: usize) -> ProducerId {
        pick(self.worker.producers.keys().copied(), index).unwrap_or_else(ProducerId::random)
    }

    fn consumer(&self, index: usize) -> ConsumerId {
        pick(self.worker.consumers.keys().copied(), index).unwrap_or_else(ConsumerId::random)
    }

    fn step(&mut self, step: Step) {
        let sessions = self.sessions.clone();
        let session = |index: usize| sessions[index % sessions.len()];
        match step {
            Step::Create(s) => self.ask(session(s), create_request()),
            Step::Join(s) => self.ask(session(s), join_request()),
            Step::Leave(s) => self.ask(session(s), Request::LeaveRoom),
            Step::Disconnect(s) => self.give(Input::Disconnected(session(s))),
            Step::CreateTransport(s, send) => {
                let direction = if send { Direction::Send } else { Direction::Recv };
                self.ask(session(s), Request::CreateTransport(direction));
            }
            Step::Connect(s, i) => {
                let transport_id = self.transport(session(s), Direction::Send, i);
                let dtls_parameters = serde_json::from_str(r#"{ "role": "auto", "fingerprints": [] }"#).expect("DTLS");
                self.ask(session(s), Request::ConnectTransport(ConnectTransport { transport_id, dtls_parameters }));
            }
            Step::Produce(s, i) => {
                let transport_id = self.transport(session(s), Direction::Send, i);
                let request = Produce {
                    transport_id,
                    kind: crate::media::protocol::MediaKind::Audio,
                    rtp_parameters: Default::default(),
                    app_data: Default::default(),
                    paused: false,
                };
                self.ask(session(s), Request::Produce(Box::new(request)));
            }
            Step::Consume(s, i, p) => {
                let (transport_id, producer_id) = (self.transport(session(s), Direction::Recv, i), self.producer(p));
                let request = Consume { transport_id, producer_id, rtp_capabilities: Default::default() };
                self.ask(session(s), Request::Consume(Box::new(request)));
            }
            Step::PauseProducer(s, i, true) => self.ask(session(s), Request::PauseProducer(self.producer(i))),
            Step::PauseProducer(s, i, false) => self.ask(session(s), Request::ResumeProducer(self.producer(i))),
            Step::CloseProducer(s, i) => self.ask(session(s), Request::CloseProducer(self.producer(i))),
            Step::ResumeConsumer(s, i) => self.ask(session(s), Request::ResumeConsumer(self.consumer(i))),
            Step::CloseConsumer(s, i) => self.ask(session(s), Request::CloseConsumer(self.consumer(i))),
            Step::List(s) => self.ask(session(s), Request::GetProducers(call_id())),
            Step::Answer(i, fail) => {
                if let Some((op, result)) = self.worker.answer(i, fail) {
                    // The model's own books have it already: compare only after the room has seen it.
                    self.give(Input::MediaDone(op, result));
                }
            }
            Step::ClosedBelow(i) => self.closed_below(i),
            Step::WorkerLost => {
                if self.tickets.is_multiple_of(7) {
                    let router = self.worker.routers.iter().next().copied();
                    router.into_iter().for_each(|id| self.worker.close(MediaObject::Router(id)));
                    self.give(Input::Media(MediaEvent::WorkerLost));
                }
            }
            Step::Wait(seconds) => {
                self.now += Duration::from_secs(seconds);
                self.give(Input::Tick);
            }
        }
    }

    fn closed_below(&mut self, index: usize) {
        let event = match index % 3 {
            0 => self
                .worker
                .transports
                .iter()
                .next()
                .map(|id| (MediaObject::Transport(*id), MediaEvent::TransportClosed(*id))),
            1 => self
                .worker
                .producers
                .keys()
                .next()
                .map(|id| (MediaObject::Producer(*id), MediaEvent::ProducerClosed(*id))),
            _ => self
                .worker
                .consumers
                .keys()
                .next()
                .map(|id| (MediaObject::Consumer(*id), MediaEvent::ConsumerClosed(*id))),
        };
        if let Some((object, event)) = event {
            self.worker.close(object);
            self.give(Input::Media(event));
        }
    }

    /// Everybody goes, the worker answers all it was asked, time passes: nothing is left.
    fn end(mut self) {
        for session in self.sessions.clone() {
            self.give(Input::Disconnected(session));
        }
        assert_eq!(self.state.counts(), Counts::default());
        while let Some((op, result)) = self.worker.answer(0, false) {
            self.give(Input::MediaDone(op, result));
        }
        self.now += settings().empty_close;
        self.give(Input::Tick);
        assert!(self.over && self.state.closed());
        assert!(self.members.is_empty(), "members: {:?}", self.members);
        let worker = &self.worker;
        assert!(worker.transports.is_empty() && worker.producers.is_empty() && worker.consumers.is_empty());
        assert!(worker.routers.is_empty(), "the router is left");
        for (ticket, answers) in &self.answers {
            assert_eq!(*answers, 1, "{ticket:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_left_and_every_request_is_answered_once(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.end();
    }
}
