//! A room under whatever may happen: clients that do anything at any moment, lose their sockets and come back; workers
//! that answer late, in any order, or not as wished, close things by themselves, and die. A seed decides all of it.
//!
//! `COLLOQUY_SIM_SEED=n` repeats one seed and tells every step, `COLLOQUY_SIM_SEEDS=n` tries that many.

use super::check::check;
use super::random::Random;
use super::worker::Model;
use super::*;
use crate::media::protocol::{
    AudioLevel, ConsumerScore, MediaKind, ProducerScore, RtpParameters, SctpStreamParameters,
};
use crate::protocol::{
    ConnectTransport, Consume, ConsumeData, Message, PreferredLayers, ProduceData, ResumeToken, SendMessage, Topic,
};
use crate::rooms::any::AnyConsumer;
use crate::rooms::command::Fresh;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

const SEEDS: u64 = 3000;
const MAX_STEPS: usize = 600;
const WORKERS: usize = 3;
const CLIENTS: usize = 5;

/// What has to happen in some of the runs.
const HAPPENS: &[&str] = &[
    "activeSpeaker",
    "audioLevels",
    "consumer on a spoke",
    "data consumer on a spoke",
    "dataConsumerClosed",
    "dataProducerClosed",
    "newDataProducer",
    "consumerClosed",
    "consumerLayersChanged",
    "consumerPaused",
    "consumerScore",
    "kicked",
    "mediaReset",
    "message",
    "missed messages",
    "newProducer",
    "peerLeft",
    "peerReconnecting",
    "peerResumed",
    "pipe",
    "producerClosed",
    "producerLayersWanted",
    "producerScore",
    "qualityRecovered",
    "qualityWarning",
    "resumed",
    "roomClosed",
    "transport that waits",
];

pub(super) struct World {
    pub state: State,
    pub model: Model,
    random: Random,
    /// How seldom something goes wrong that need not.
    calm: usize,
    now: Instant,
    tell: bool,
    sessions: Vec<SessionId>,
    tokens: Vec<ResumeToken>,
    tickets: u64,
    answers: BTreeMap<Ticket, usize>,
    joining: HashMap<Ticket, SessionId>,
    /// Sessions that the room has not released since they joined.
    pub members: BTreeSet<SessionId>,
    told_closed: BTreeSet<AnyConsumer>,
    over: bool,
    /// Who asked, and when each session was last told to begin anew: who is refused because a worker is gone waits for
    /// that.
    asked: HashMap<Ticket, SessionId>,
    reset_after: HashMap<SessionId, u64>,
    owed: BTreeSet<SessionId>,
    /// What happened at least once: a simulation in which nothing does proves nothing.
    seen: BTreeSet<&'static str>,
}

/// With looks at the peers now and then.
fn watched() -> RoomSettings {
    let settings = settings();
    let quality = QualitySettings { interval: Duration::from_secs(1), bad_samples: 1, ..settings.quality };
    RoomSettings { quality, ..settings }
}

impl World {
    fn new(seed: u64, tell: bool) -> Self {
        let now = Instant::now();
        let (state, outputs) = State::new(call_id(), Arc::new(watched()), now);
        let mut random = Random::new(seed);
        let sessions = (0..CLIENTS).map(|_| random.id()).collect();
        let mut world = Self {
            state,
            model: Model::new(WORKERS, Random::new(!seed)),
            calm: random.choose([1, 3, 10, 30]).expect("one of them"),
            random,
            now,
            tell,
            sessions,
            tokens: Vec::new(),
            tickets: 0,
            answers: BTreeMap::new(),
            joining: HashMap::new(),
            members: BTreeSet::new(),
            told_closed: BTreeSet::new(),
            over: false,
            asked: HashMap::new(),
            reset_after: HashMap::new(),
            owed: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        world.carry_out(outputs);
        world
    }

    fn give(&mut self, input: Input) {
        if self.tell {
            eprintln!("<- {input:?}");
        }
        let outputs = self.state.handle(input, self.now);
        self.hears_of_quality(&outputs);
        self.carry_out(outputs);
        check(self);
        self.look();
    }

    /// What is told of connections is what holds.
    fn hears_of_quality(&self, outputs: &[Output]) {
        // None of one that has left at the same moment.
        let holds = |peer: &PeerId| self.state.peers.get(peer).map(|peer| peer.health.warnings());
        for output in outputs {
            match output {
                Output::Tell(_, Event::QualityWarning(told)) => {
                    assert!(holds(&told.peer_id).is_none_or(|holds| holds.contains(&told.warning)));
                }
                Output::Tell(_, Event::QualityRecovered(told)) => {
                    let gone = |warning: &crate::protocol::Warning| warning.r#type != told.r#type;
                    assert!(holds(&told.peer_id).is_none_or(|holds| holds.iter().all(gone)));
                }
                _ => {}
            }
        }
    }

    fn look(&mut self) {
        let spokes = self.state.spokes.iter().map(|(id, spoke)| (Some(id), spoke));
        for (id, spoke) in spokes {
            if !spoke.pipes.is_empty() {
                self.seen.insert("pipe");
            }
            let peers = || self.state.peers.values();
            let mut on = peers().flat_map(|peer| peer.consumers.keys().map(|consumer| peer.router_of(*consumer)));
            if on.any(|on| on == id) {
                self.seen.insert("consumer on a spoke");
            }
            let mut on = peers().flat_map(|peer| peer.data_consumers.keys().map(|consumer| peer.router_of(*consumer)));
            if on.any(|on| on == id) {
                self.seen.insert("data consumer on a spoke");
            }
        }
        if !self.state.waiting_transports.is_empty() {
            self.seen.insert("transport that waits");
        }
    }

    fn ask(&mut self, session: SessionId, request: Request) {
        // As its actor does: no requests before the first router is there, none after the room has closed.
        if !self.state.open() {
            return;
        }
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.answers.insert(ticket, 0);
        self.asked.insert(ticket, session);
        if matches!(request, Request::JoinRoom(_)) {
            self.joining.insert(ticket, session);
        }
        let peer = self.random.id();
        let (token, message) = (ResumeToken::random(peer), self.random.id());
        let fresh = Fresh { peer, token, message, at: SystemTime::UNIX_EPOCH };
        self.give(Input::Request { ticket, session, fresh, request });
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            if self.tell {
                eprintln!("   -> {output:?}");
            }
            match output {
                Output::Answer(ticket, answer) => {
                    *self.answers.get_mut(&ticket).expect("answers what was asked") += 1;
                    self.expect_reset(ticket, &answer);
                    if let (Some(session), Ok(Reply::Joined(joined))) = (self.joining.remove(&ticket), &answer) {
                        self.members.insert(session);
                        if joined.resumed {
                            self.seen.insert("resumed");
                            if !joined.messages.is_empty() {
                                self.seen.insert("missed messages");
                            }
                        }
                        self.tokens.push(joined.resume_token);
                    }
                }
                Output::Tell(sessions, event) => {
                    self.seen.insert(event.name());
                    if matches!(event, Event::MediaReset { .. }) {
                        self.reset_after.extend(sessions.iter().map(|session| (*session, self.tickets)));
                        self.owed.retain(|session| !sessions.contains(session));
                    }
                    for session in &sessions {
                        assert!(self.members.contains(session), "{event:?} for one who is not in the room");
                    }
                    if let Event::Message(message) = &event {
                        self.check_message(message, &sessions);
                    }
                    let closed = match event {
                        Event::ConsumerClosed(closed) => Some(AnyConsumer::Track(closed.consumer_id)),
                        Event::DataConsumerClosed(closed) => Some(AnyConsumer::Data(closed.data_consumer_id)),
                        _ => None,
                    };
                    if let Some(consumer) = closed {
                        assert!(self.told_closed.insert(consumer), "told twice: {consumer:?}");
                    }
                }
                Output::Release(session) => {
                    self.members.remove(&session);
                    self.owed.remove(&session);
                    // What it asked as another peer is nothing to the next one.
                    self.asked.retain(|_, asker| *asker != session);
                }
                Output::Limited(limit) => assert_eq!(limit, Limit::MediaResets),
                Output::Noted(notes) => assert!(!notes.is_empty()),
                Output::Closed => assert!(!std::mem::replace(&mut self.over, true), "closed twice"),
                for_workers => self.model.take(for_workers),
            }
        }
    }

    /// All others get it, or the one it is for.
    fn check_message(&self, message: &Message, sessions: &[SessionId]) {
        let peers =
            self.state.peers.values().filter(|peer| message.to.map_or(peer.id != message.peer_id, |to| peer.id == to));
        let expected: BTreeSet<_> = peers.filter_map(|peer| peer.session).collect();
        assert_eq!(sessions.iter().copied().collect::<BTreeSet<_>>(), expected);
    }

    /// Who is refused because of a lost worker is told to begin anew, unless it was since it asked.
    fn expect_reset(&mut self, ticket: Ticket, answer: &Result<Reply, RoomError>) {
        let lost = matches!(answer, Err(RoomError::MediaResetting | RoomError::Media(MediaError::WorkerLost)));
        let Some(session) = self.asked.get(&ticket).copied() else { return };
        let told = self.reset_after.get(&session).is_some_and(|tickets| *tickets > ticket.0);
        if lost && !told && self.members.contains(&session) {
            self.owed.insert(session);
        }
    }

    /// Mostly one of the session's own that fits, now and then anybody's or none.
    fn transport(&mut self, session: SessionId, direction: Direction) -> TransportId {
        let peer = self.state.sessions.get(&session).and_then(|id| self.state.peers.get(id));
        let own = peer.into_iter().flat_map(|peer| &peer.transports);
        let fitting: Vec<_> = own.filter(|(_, own)| own.direction == direction).map(|(id, _)| *id).collect();
        let anybodys = self.state.peers.values().flat_map(|peer| peer.transports.keys().copied());
        let among = if self.random.once_in(10) { anybodys.collect() } else { fitting };
        self.random.choose(among).unwrap_or_else(TransportId::random)
    }

    fn producer(&mut self) -> ProducerId {
        let producers: Vec<_> = self.state.owners.keys().copied().collect();
        self.random.choose(producers).unwrap_or_else(ProducerId::random)
    }

    fn consumer(&mut self) -> ConsumerId {
        let consumers: Vec<_> = self.state.peers.values().flat_map(|peer| peer.consumers.keys().copied()).collect();
        self.random.choose(consumers).unwrap_or_else(ConsumerId::random)
    }

    fn data_producer(&mut self) -> DataProducerId {
        let producers: Vec<_> = self.state.data_owners.keys().copied().collect();
        self.random.choose(producers).unwrap_or_else(DataProducerId::random)
    }

    fn data_consumer(&mut self) -> DataConsumerId {
        let consumers: Vec<_> =
            self.state.peers.values().flat_map(|peer| peer.data_consumers.keys().copied()).collect();
        self.random.choose(consumers).unwrap_or_else(DataConsumerId::random)
    }

    fn router(&mut self) -> Option<RouterId> {
        let routers: Vec<_> = self.model.routers.keys().copied().collect();
        self.random.choose(routers)
    }

    fn step(&mut self) {
        let session = self.sessions[self.random.below(CLIENTS)];
        let trouble = self.random.once_in(self.calm);
        match self.random.below(100) {
            8..13 | 46..55 | 92..94 if !trouble => self.answer(),
            0 => self.ask(session, create_request()),
            1..8 => self.join(session),
            8..10 => self.ask(session, Request::LeaveRoom),
            10..13 => self.give(Input::Disconnected(session)),
            13..24 => {
                let direction = if self.random.once_in(2) { Direction::Send } else { Direction::Recv };
                self.ask(session, Request::CreateTransport(direction));
            }
            24..26 => {
                let transport_id = self.transport(session, Direction::Send);
                let dtls_parameters = serde_json::from_str(r#"{ "role": "auto", "fingerprints": [] }"#).expect("DTLS");
                self.ask(session, Request::ConnectTransport(ConnectTransport { transport_id, dtls_parameters }));
            }
            26 => {
                let transport = self.transport(session, Direction::Send);
                self.ask(session, Request::RestartIce(transport));
            }
            27..32 => self.produce(session),
            32..34 => self.produce_data(session),
            34..38 => {
                let (transport_id, data_producer_id) = (self.transport(session, Direction::Recv), self.data_producer());
                self.ask(session, Request::ConsumeData(ConsumeData { transport_id, data_producer_id }));
            }
            38..46 => {
                let (transport_id, producer_id) = (self.transport(session, Direction::Recv), self.producer());
                let request = Consume { transport_id, producer_id, rtp_capabilities: Default::default() };
                self.ask(session, Request::Consume(Box::new(request)));
            }
            46..49 => {
                let producer = self.producer();
                let pause = self.random.once_in(2);
                let pause = if pause { Request::PauseProducer(producer) } else { Request::ResumeProducer(producer) };
                let owner = self.state.owners.get(&producer).and_then(|owner| self.state.peers.get(owner));
                let owner = owner.and_then(|owner| owner.session).unwrap_or(session);
                self.ask(owner, pause);
            }
            49..51 => self.close_producer(session),
            51 => self.turn(),
            52..55 => self.close_consumer(session),
            55 => self.look_around(session),
            56..74 => {
                let (index, fail) = (self.random.below(100), trouble && self.random.once_in(8));
                self.model.carry_out(index, fail);
            }
            74..91 => self.answer(),
            91 => self.say(session),
            92 => self.closed_below(),
            93 => {
                if let Some(router) = self.router() {
                    self.model.lose(router);
                }
            }
            94..96 => self.hear_of_a_loss(),
            96 => self.path(),
            97 => self.report(),
            _ => {
                self.now += Duration::from_millis(self.random.below(6000) as u64);
                self.give(Input::Tick);
            }
        }
    }

    /// Asks without changing anything.
    fn look_around(&mut self, session: SessionId) {
        let request = match self.random.below(4) {
            0 => Request::GetTransportStats(self.transport(session, Direction::Recv)),
            1 => Request::GetProducerStats(self.producer()),
            2 => Request::GetConsumerStats(self.consumer()),
            _ => Request::GetProducers(call_id()),
        };
        self.ask(session, request);
    }

    fn answer(&mut self) {
        let index = self.random.below(100);
        if let Some(input) = self.model.answer(index) {
            self.give(input);
        }
    }

    fn join(&mut self, session: SessionId) {
        let inside = self.state.sessions.contains_key(&session);
        if inside && !self.random.once_in(self.calm) {
            return;
        }
        let mut request = join_request();
        if let Request::JoinRoom(join) = &mut request {
            join.user_id = UserId::new(if self.random.once_in(2) { "user" } else { "other" }).expect("a name");
            if self.random.once_in(3) {
                join.resume_token = self.random.choose(self.tokens.iter().rev().take(4).copied().collect::<Vec<_>>());
            }
        }
        self.ask(session, request);
    }

    fn produce(&mut self, session: SessionId) {
        let transport_id = self.transport(session, Direction::Send);
        let kind = if self.random.once_in(2) { MediaKind::Audio } else { MediaKind::Video };
        let app_data = if self.random.once_in(3) { r#"{ "source": "screen" }"# } else { "{}" };
        let app_data = serde_json::from_str(app_data).expect("appData");
        let mut rtp_parameters = RtpParameters::default();
        // Of video every other has three layers.
        if kind == MediaKind::Video && self.random.once_in(2) {
            rtp_parameters.encodings = vec![Default::default(); 3];
        }
        let request = Produce { transport_id, kind, rtp_parameters, app_data, paused: self.random.once_in(4) };
        self.ask(session, Request::Produce(Box::new(request)));
    }

    /// Mostly by whose it is.
    fn close_producer(&mut self, session: SessionId) {
        let (track, data) = (self.producer(), self.data_producer());
        let (owner, request) = if self.random.once_in(2) {
            (self.state.owners.get(&track), Request::CloseProducer(track))
        } else {
            (self.state.data_owners.get(&data), Request::CloseDataProducer(data))
        };
        let owner = owner.and_then(|owner| self.state.peers[owner].session);
        self.ask(owner.unwrap_or(session), request);
    }

    /// Mostly by whose it is.
    fn close_consumer(&mut self, session: SessionId) {
        let (track, data) = (self.consumer(), self.data_consumer());
        let (consumer, request) = if self.random.once_in(2) {
            (AnyConsumer::Track(track), Request::CloseConsumer(track))
        } else {
            (AnyConsumer::Data(data), Request::CloseDataConsumer(data))
        };
        let owner = self.state.peers.values().find(|peer| peer.receives(consumer)).and_then(|peer| peer.session);
        let anybody = self.random.once_in(5);
        self.ask(owner.filter(|_| !anybody).unwrap_or(session), request);
    }

    fn produce_data(&mut self, session: SessionId) {
        let transport_id = self.transport(session, Direction::Send);
        let sctp_stream_parameters = SctpStreamParameters::new_ordered(0);
        let (label, protocol, app_data) = Default::default();
        let request = ProduceData { transport_id, sctp_stream_parameters, label, protocol, app_data };
        self.ask(session, Request::ProduceData(Box::new(request)));
    }

    /// Something is set on a consumer, mostly by its owner.
    fn turn(&mut self) {
        let consumer = self.consumer();
        let owner = self.state.peers.values().find(|peer| peer.consumers.contains_key(&consumer));
        let asker = owner.and_then(|owner| owner.session).unwrap_or(self.sessions[0]);
        let spatial_layer = u8::try_from(self.random.below(3)).expect("small");
        let layers = PreferredLayers { consumer_id: consumer, spatial_layer, temporal_layer: None };
        let request = match self.random.below(6) {
            0 | 1 => Request::ResumeConsumer(consumer),
            2 => Request::PauseConsumer(consumer),
            3 | 4 => Request::SetConsumerPreferredLayers(layers),
            _ => Request::RequestConsumerKeyFrame(consumer),
        };
        self.ask(asker, request);
    }

    fn say(&mut self, session: SessionId) {
        let peers: Vec<_> = self.state.peers.keys().copied().collect();
        let to = if self.random.once_in(2) { self.random.choose(peers) } else { None };
        let (topic, data) = (Topic::new("t").expect("a topic"), serde_json::from_str("5").expect("JSON"));
        self.ask(session, Request::SendMessage(SendMessage { to, topic, data }));
    }

    fn hear_of_a_loss(&mut self) {
        let known: Vec<_> = self.model.lost.intersection(&self.model.opened).copied().collect();
        if let Some(router) = self.random.choose(known) {
            self.give(Input::Media(router, MediaEvent::WorkerLost));
        }
    }

    /// A worker closes something by itself.
    fn closed_below(&mut self) {
        let Some(id) = self.router() else { return };
        if !self.model.opened.contains(&id) {
            return;
        }
        let router = &self.model.routers[&id];
        let transports = router.transports.iter().chain(&router.pipes);
        let transports = transports.map(|id| (MediaObject::Transport(*id), MediaEvent::TransportClosed(*id)));
        let producers = router.producers.keys();
        let producers = producers.map(|id| (MediaObject::from(*id), MediaEvent::closed((*id).into())));
        let consumers = router.consumers.keys();
        let consumers = consumers.map(|id| (MediaObject::from(*id), MediaEvent::closed((*id).into())));
        let all: Vec<_> = transports.chain(producers).chain(consumers).collect();
        if all.is_empty() {
            return;
        }
        let (object, event) = all[self.random.below(all.len())].clone();
        // What the room has not been answered yet closes later: the worker's word would come before its answer.
        if !self.model.unanswered().contains(&format!("{id} {object:?}")) {
            self.model.close(id, object);
            self.give(Input::Media(id, event));
        }
    }

    fn path(&mut self) {
        let peers = self.state.peers.values();
        let transports: Vec<_> =
            peers.flat_map(|peer| peer.transports.iter().map(|(id, on)| (on.router, *id))).collect();
        let connected = self.random.once_in(2);
        if let Some((router, transport)) = self.random.choose(transports) {
            self.give(Input::Media(router, MediaEvent::IceConnected { transport, connected }));
        }
    }

    fn report(&mut self) {
        let (producer, consumer) = (self.producer(), self.consumer());
        let Some(home) = self.state.home else { return };
        let levels = [(producer, -20)].map(|(producer, dbov)| AudioLevel { producer, dbov });
        let levels = if self.random.once_in(2) { levels.to_vec() } else { Vec::new() };
        self.give(Input::Media(home, MediaEvent::ActiveSpeaker { router: home, producer }));
        self.give(Input::Media(home, MediaEvent::AudioLevels { router: home, levels }));
        let score = vec![ProducerScore { encoding_idx: 0, ssrc: 1, rid: None, score: 7 }];
        self.give(Input::Media(home, MediaEvent::ProducerScore { producer, score }));
        let score = ConsumerScore { score: 5, producer_score: 10, producer_scores: vec![10] };
        let router = self.state.peers.values().find_map(|peer| peer.router_of(consumer)).unwrap_or(home);
        self.give(Input::Media(router, MediaEvent::ConsumerLayers { consumer, layers: None }));
        self.give(Input::Media(router, MediaEvent::ConsumerScore { consumer, score }));
    }

    /// Everything under way comes to its end, whatever that sets going.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            self.model.carry_out(0, false);
            if let Some(input) = self.model.answer(0) {
                self.give(input);
            } else if !self.model.lost.is_disjoint(&self.model.opened) {
                self.hear_of_a_loss();
            } else if self.model.under_way() == 0 {
                return;
            }
        }
        panic!("never comes to rest");
    }

    /// At rest, nobody waits for anything and everybody has been told everything.
    fn check_rest(&mut self) {
        self.settle();
        // A room that looks for a worker does so for some time.
        for _ in 0..100 {
            if self.state.home.is_some() || self.state.closed() {
                break;
            }
            self.now += Duration::from_millis(200);
            self.give(Input::Tick);
            self.settle();
        }
        assert!(self.owed.is_empty(), "refused, and not told to begin anew: {:?}", self.owed);
        let state = &self.state;
        assert!(state.closed() || state.home.is_some(), "without a home");
        assert!(state.waiting_transports.is_empty(), "transports wait");
        for peer in state.peers.values() {
            assert!(peer.session.is_none() || !peer.reset, "not told of a reset: {}", peer.id);
        }
        for (ticket, answers) in &self.answers {
            assert_eq!(*answers, 1, "{ticket:?}");
        }
    }

    /// Everybody goes, the workers answer all they were asked, time passes: nothing is left.
    fn end(mut self) -> BTreeSet<&'static str> {
        self.check_rest();
        for session in self.sessions.clone() {
            self.give(Input::Disconnected(session));
        }
        self.now += settings().resume_grace;
        self.give(Input::Tick);
        assert_eq!(self.state.counts(), Counts::default());
        self.settle();
        self.now += settings().empty_close;
        self.give(Input::Tick);
        self.settle();
        assert!(self.over && self.state.closed());
        assert!(self.members.is_empty(), "members: {:?}", self.members);
        assert!(self.model.routers.is_empty() && self.model.lost.is_empty(), "routers are left");
        assert_eq!(self.state.under_way(), 0);
        self.seen
    }
}

fn run(seed: u64, tell: bool) -> BTreeSet<&'static str> {
    let mut world = World::new(seed, tell);
    let steps = 1 + world.random.below(MAX_STEPS);
    for _ in 0..steps {
        world.step();
    }
    world.end()
}

#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_happens_nothing_is_left_and_every_request_is_answered_once() {
    if let Some(seed) = setting("COLLOQUY_SIM_SEED") {
        run(seed, true);
        return;
    }
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..setting("COLLOQUY_SIM_SEEDS").unwrap_or(SEEDS) {
        match catch_unwind(AssertUnwindSafe(|| run(seed, false))) {
            Ok(in_this) => in_this.into_iter().for_each(|what| *seen.entry(what).or_default() += 1),
            Err(panic) => {
                eprintln!("seed {seed} failed; COLLOQUY_SIM_SEED={seed} repeats it and tells every step");
                std::panic::resume_unwind(panic);
            }
        }
    }
    for what in HAPPENS {
        assert!(seen.contains_key(what), "never seen: {what}, only {seen:?}");
    }
    eprintln!("{seen:?}");
}
