//! What may happen next: what clients ask, what workers answer, close and report, and time passing.

use super::super::*;
use super::{CLIENTS, World};
use crate::media::protocol::{
    AudioLevel, ConsumerScore, MediaKind, ProducerScore, RtpParameters, SctpStreamParameters,
};
use crate::protocol::{ConnectTransport, Consume, ConsumeData, PreferredLayers, ProduceData, SendMessage, Topic};

impl World {
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

    pub(super) fn step(&mut self) {
        let session = self.sessions[self.random.below(CLIENTS)];
        let trouble = self.random.once_in(self.calm);
        match self.random.below(110) {
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
            100..110 => self.keep_order(session),
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

    pub(super) fn hear_of_a_loss(&mut self) {
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
}
