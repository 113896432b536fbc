//! A room under whatever may happen: clients that do anything at any moment, lose their sockets and come back; workers
//! that answer late, in any order, or not as wished, close things by themselves, and die. A seed decides all of it.
//!
//! `COLLOQUY_SIM_SEED=n` repeats one seed and tells every step, `COLLOQUY_SIM_SEEDS=n` tries that many.

mod books;
mod order;
mod steps;

use super::check::check;
use super::random::Random;
use super::worker::Model;
use super::*;
use crate::protocol::{Message, ResumeToken};
use crate::rooms::any::AnyConsumer;
use crate::rooms::command::Fresh;
use books::Books;
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
    "banned",
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
    "locked",
    "message",
    "missed messages",
    "muted",
    "muted for good",
    "newProducer",
    "peerLeft",
    "peerReconnecting",
    "peerResumed",
    "peerRoleChanged",
    "pipe",
    "producerClosed",
    "producerLayersWanted",
    "producerScore",
    "qualityRecovered",
    "qualityWarning",
    "resumed",
    "roomClosed",
    "roomLocked",
    "transport that waits",
    "unmuted",
    "what another role may not have",
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
    callers: HashMap<SessionId, Arc<Caller>>,
    tokens: Vec<ResumeToken>,
    tickets: u64,
    answers: BTreeMap<Ticket, usize>,
    joining: HashMap<Ticket, SessionId>,
    /// Sessions that the room has not released since they joined.
    pub members: BTreeSet<SessionId>,
    told_closed: BTreeSet<AnyConsumer>,
    over: bool,
    books: Books,
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
        let (state, outputs) = State::new(call_id(), Arc::new(watched()), RoomOptions::default(), now);
        let mut random = Random::new(seed);
        let sessions: Vec<_> = (0..CLIENTS).map(|_| random.id()).collect();
        let callers = order::callers(&mut random, &sessions);
        let mut world = Self {
            state,
            model: Model::new(WORKERS, Random::new(!seed)),
            calm: random.choose([1, 3, 10, 30]).expect("one of them"),
            random,
            now,
            tell,
            sessions,
            callers,
            tokens: Vec::new(),
            tickets: 0,
            answers: BTreeMap::new(),
            joining: HashMap::new(),
            members: BTreeSet::new(),
            told_closed: BTreeSet::new(),
            over: false,
            books: Books::default(),
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
        let before = self.ranks();
        let outputs = self.state.handle(input, self.now);
        self.hears_of_quality(&outputs);
        self.order_is_kept(&before, &outputs);
        self.carry_out(outputs);
        check(self);
        self.order_holds();
        self.books.check(&self.state);
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

    fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.answers.insert(ticket, 0);
        ticket
    }

    fn ask(&mut self, session: SessionId, request: Request) {
        // As its actor does: no requests before the first router is there, none after the room has closed.
        if !self.state.open() {
            return;
        }
        let ticket = self.ticket();
        self.asked.insert(ticket, session);
        if matches!(request, Request::JoinRoom(_)) {
            self.joining.insert(ticket, session);
        }
        let peer = self.random.id();
        let (token, message) = (ResumeToken::random(peer), self.random.id());
        let fresh = Fresh { peer, token, message, at: SystemTime::UNIX_EPOCH };
        let caller = Arc::clone(&self.callers[&session]);
        self.give(Input::Request { ticket, session, caller, fresh, request });
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
                    self.seen.extend(match &answer {
                        Err(RoomError::Banned) => Some("banned"),
                        Err(RoomError::Locked) => Some("locked"),
                        Err(RoomError::Muted) => Some("muted for good"),
                        _ => None,
                    });
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
                    if matches!(&event, Event::ProducerClosed(closed) if closed.reason == Some(Reason::Forbidden)) {
                        self.seen.insert("what another role may not have");
                    }
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
                Output::Record(happening) => self.books.write(happening),
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
