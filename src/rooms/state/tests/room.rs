//! A room with its model workers, which do at once what they are asked.

use super::random::Random;
use super::worker::Model;
use super::*;
use crate::ids::{DataConsumerId, DataProducerId};
use crate::media::protocol::{MediaKind, SctpStreamParameters};
use crate::protocol::{Consume, ConsumeData, Joined, ProduceData};
use crate::rooms::command::Fresh;
use std::collections::HashMap;

pub(super) struct Room {
    pub state: State,
    pub model: Model,
    pub now: Instant,
    tickets: u64,
    /// Who was told what, in order.
    pub told: Vec<(SessionId, Event)>,
    pub released: Vec<SessionId>,
    /// Those that ended the room.
    pub limits: Vec<Limit>,
    /// What the books were told.
    pub books: Vec<Happening>,
    callers: HashMap<SessionId, Arc<Caller>>,
    answers: Vec<(Ticket, Result<Reply, RoomError>)>,
}

impl Room {
    /// Open, with that many workers.
    pub fn open(workers: usize, settings: RoomSettings) -> Self {
        let now = Instant::now();
        let (state, outputs) = State::new(call_id(), Arc::new(settings), RoomOptions::default(), now);
        let model = Model::new(workers, Random::new(0));
        let mut room = Self {
            state,
            model,
            now,
            tickets: 0,
            told: Vec::new(),
            released: Vec::new(),
            limits: Vec::new(),
            books: Vec::new(),
            callers: HashMap::new(),
            answers: Vec::new(),
        };
        room.carry_out(outputs);
        room.settle();
        assert!(room.state.open());
        room
    }

    pub fn give(&mut self, input: Input) {
        let outputs = self.state.handle(input, self.now);
        self.carry_out(outputs);
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Answer(ticket, answer) => self.answers.push((ticket, answer)),
                Output::Tell(sessions, event) => {
                    self.told.extend(sessions.into_iter().map(|session| (session, event.clone())));
                }
                Output::Release(session) => self.released.push(session),
                Output::Limited(limit) => self.limits.push(limit),
                Output::Record(happening) => self.books.push(happening),
                Output::Noted(_) | Output::Closed => {}
                for_workers => self.model.take(for_workers),
            }
        }
    }

    /// The workers do all that they were asked.
    pub fn settle(&mut self) {
        loop {
            self.model.carry_out(0, false);
            match self.model.answer(0) {
                Some(input) => self.give(input),
                None if self.model.under_way() == 0 => return,
                None => {}
            }
        }
    }

    /// Hands a request in; its answer comes when the workers have done their part.
    pub fn send(&mut self, session: SessionId, request: Request) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let caller = self.callers.get(&session).cloned().unwrap_or_else(caller);
        self.give(Input::Request { ticket, session, caller, fresh: Fresh::random(), request });
        ticket
    }

    pub fn answer(&self, ticket: Ticket) -> Option<&Result<Reply, RoomError>> {
        self.answers.iter().find(|(of, _)| *of == ticket).map(|(_, answer)| answer)
    }

    pub fn ask(&mut self, session: SessionId, request: Request) -> Result<Reply, RoomError> {
        let ticket = self.send(session, request);
        self.settle();
        self.answer(ticket).expect("is answered").clone()
    }

    pub fn join(&mut self, session: SessionId, user: &str, token: Option<ResumeToken>) -> Result<Joined, RoomError> {
        let user_id = UserId::new(user).expect("a name");
        let (rtp_capabilities, display_name) = (Default::default(), None);
        let join = JoinRoom { call_id: call_id(), user_id, rtp_capabilities, display_name, resume_token: token };
        self.ask(session, Request::JoinRoom(Box::new(join))).map(|reply| match reply {
            Reply::Joined(joined) => *joined,
            reply => panic!("{reply:?}"),
        })
    }

    /// A new session of somebody of whom more is known than its client says.
    pub fn session_of(&mut self, caller: Caller) -> SessionId {
        let session = SessionId::random();
        self.callers.insert(session, Arc::new(caller));
        session
    }

    /// A new session that has joined.
    pub fn joined(&mut self, user: &str) -> (SessionId, Joined) {
        let session = SessionId::random();
        let joined = self.join(session, user, None).expect("joins");
        (session, joined)
    }

    /// The same of somebody of whom more is known.
    pub fn joined_as(&mut self, caller: Caller, user: &str) -> (SessionId, Joined) {
        let session = self.session_of(caller);
        let joined = self.join(session, user, None).expect("joins");
        (session, joined)
    }

    pub fn transport(&mut self, session: SessionId, direction: Direction) -> TransportId {
        match self.ask(session, Request::CreateTransport(direction)) {
            Ok(Reply::Transport(transport)) => transport.id,
            answer => panic!("{answer:?}"),
        }
    }

    pub fn produce_request(transport_id: TransportId) -> Request {
        let (rtp_parameters, app_data) = (Default::default(), Default::default());
        let request = Produce { transport_id, kind: MediaKind::Video, rtp_parameters, app_data, paused: false };
        Request::Produce(Box::new(request))
    }

    pub fn produce(&mut self, session: SessionId, transport_id: TransportId) -> ProducerId {
        match self.ask(session, Self::produce_request(transport_id)) {
            Ok(Reply::Produced(produced)) => produced.id,
            answer => panic!("{answer:?}"),
        }
    }

    pub fn consume_request(transport_id: TransportId, producer_id: ProducerId) -> Request {
        Request::Consume(Box::new(Consume { transport_id, producer_id, rtp_capabilities: Default::default() }))
    }

    pub fn consume(&mut self, session: SessionId, transport: TransportId, producer: ProducerId) -> ConsumerId {
        match self.ask(session, Self::consume_request(transport, producer)) {
            Ok(Reply::Consumed(consumed)) => consumed.id,
            answer => panic!("{answer:?}"),
        }
    }

    pub fn produce_data(&mut self, session: SessionId, transport_id: TransportId) -> DataProducerId {
        let sctp_stream_parameters = SctpStreamParameters::new_ordered(0);
        let (label, protocol, app_data) = Default::default();
        let request = ProduceData { transport_id, sctp_stream_parameters, label, protocol, app_data };
        match self.ask(session, Request::ProduceData(Box::new(request))) {
            Ok(Reply::DataProduced(produced)) => produced.id,
            answer => panic!("{answer:?}"),
        }
    }

    pub fn consume_data(
        &mut self,
        session: SessionId,
        transport_id: TransportId,
        data_producer_id: DataProducerId,
    ) -> DataConsumerId {
        match self.ask(session, Request::ConsumeData(ConsumeData { transport_id, data_producer_id })) {
            Ok(Reply::DataConsumed(consumed)) => consumed.id,
            answer => panic!("{answer:?}"),
        }
    }

    /// Names of what a session was told since the last time.
    pub fn heard(&mut self, session: SessionId) -> Vec<&'static str> {
        let (own, others) = std::mem::take(&mut self.told).into_iter().partition(|(to, _)| *to == session);
        self.told = others;
        let own: Vec<(SessionId, Event)> = own;
        own.iter().map(|(_, event)| event.name()).collect()
    }

    pub fn pass(&mut self, time: Duration) {
        self.now += time;
        self.give(Input::Tick);
        self.settle();
    }

    /// The worker of a router dies, and the room hears of it.
    pub fn lose(&mut self, router: RouterId) {
        self.model.lose(router);
        self.give(Input::Media(router, MediaEvent::WorkerLost));
    }
}
