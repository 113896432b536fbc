//! A model of the workers: knows which objects there are on which router, and notices what should not happen. What it is
//! asked is carried out later, in any order but for what is about the same producer, and answered later still.

use super::random::Random;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{
    ConsumerType, MediaError, MediaKind, MediaObject, MediaObjectKind, MediaReply, MediaRequest, RouterRtpCapabilities,
    Samples, SctpStreamParameters, StreamSample, Subjects, TransportSample,
};
use crate::rooms::any::{AnyConsumer, AnyProducer};
use crate::rooms::command::{Input, OpId, Output};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn capabilities() -> Box<RouterRtpCapabilities> {
    serde_json::from_str(r#"{ "codecs": [], "headerExtensions": [] }"#).expect("capabilities")
}

/// What stands on one router.
#[derive(Debug, Default)]
pub(super) struct ModelRouter {
    pub transports: BTreeSet<TransportId>,
    pub pipes: BTreeSet<TransportId>,
    pub producers: BTreeMap<AnyProducer, TransportId>,
    kinds: BTreeMap<ProducerId, MediaKind>,
    pub consumers: BTreeMap<AnyConsumer, (TransportId, AnyProducer)>,
    /// Those that send nothing on.
    pub paused: BTreeSet<ProducerId>,
    /// What each client was told to send at most.
    pub ceilings: BTreeMap<TransportId, u32>,
    closed: BTreeSet<String>,
}

impl ModelRouter {
    /// Closes with all that stands on it, as the real one does.
    fn close(&mut self, object: MediaObject) {
        match object {
            MediaObject::Router(id) => panic!("a router is given back, not closed: {id}"),
            MediaObject::Transport(id) => {
                self.transports.remove(&id);
                self.ceilings.remove(&id);
                self.pipes.remove(&id);
                let producers: Vec<_> = self.producers.iter().filter(|(_, on)| **on == id).map(|(id, _)| *id).collect();
                producers.into_iter().for_each(|producer| self.close(producer.into()));
                self.consumers.retain(|_, (on, _)| *on != id);
            }
            MediaObject::Producer(id) => self.close_producer(id.into()),
            MediaObject::DataProducer(id) => self.close_producer(id.into()),
            MediaObject::Consumer(id) => drop(self.consumers.remove(&id.into())),
            MediaObject::DataConsumer(id) => drop(self.consumers.remove(&id.into())),
        }
    }

    fn close_producer(&mut self, id: AnyProducer) {
        self.producers.remove(&id);
        self.consumers.retain(|_, (_, of)| *of != id);
    }

    fn has(&self, transport: TransportId) -> bool {
        self.transports.contains(&transport) || self.pipes.contains(&transport)
    }

    fn carry_out(&mut self, request: MediaRequest, random: &mut Random) -> Result<MediaReply, MediaError> {
        let needs = |there: bool, kind| if there { Ok(()) } else { Err(MediaError::NotFound(kind)) };
        match request {
            MediaRequest::CreateTransport { .. } => {
                let transport = random.id::<TransportId>();
                self.transports.insert(transport);
                Ok(transport_reply(transport))
            }
            MediaRequest::CreatePipeTransport { .. } => {
                let transport = random.id::<TransportId>();
                self.pipes.insert(transport);
                Ok(MediaReply::PipeTransport { transport, local: ([127, 0, 0, 1], 9).into() })
            }
            MediaRequest::RestartIce(transport) => {
                needs(self.has(transport), MediaObjectKind::Transport)?;
                let MediaReply::Transport { ice_parameters, .. } = transport_reply(transport) else { unreachable!() };
                Ok(MediaReply::IceParameters(ice_parameters))
            }
            MediaRequest::ConnectTransport { transport, .. } | MediaRequest::ConnectPipeTransport { transport, .. } => {
                needs(self.has(transport), MediaObjectKind::Transport)?;
                Ok(MediaReply::Done)
            }
            MediaRequest::Produce { transport, kind, paused, .. } => {
                needs(self.has(transport), MediaObjectKind::Transport)?;
                let producer: ProducerId = random.id();
                self.pause(producer, paused);
                self.producers.insert(producer.into(), transport);
                self.kinds.insert(producer, kind);
                Ok(MediaReply::Producer { producer })
            }
            MediaRequest::PipeProduce { transport, producer, kind, .. } => {
                needs(self.has(transport), MediaObjectKind::Transport)?;
                self.kinds.insert(producer, kind);
                // Piped anew, it may be closed anew.
                self.closed.remove(&format!("{:?}", MediaObject::Producer(producer)));
                if self.producers.insert(producer.into(), transport).is_some() {
                    return Err(MediaError::Failed("a producer of that id exists".to_owned()));
                }
                Ok(MediaReply::Producer { producer })
            }
            MediaRequest::Consume { transport, producer, .. } => {
                let consumer = random.id::<ConsumerId>();
                self.consume(transport, producer.into(), consumer.into())?;
                let (kind, rtp_parameters) = (self.kinds[&producer], Box::default());
                Ok(MediaReply::Consumer { consumer, kind, rtp_parameters, r#type: ConsumerType::Simple })
            }
            MediaRequest::PipeConsume { transport, producer } => {
                let consumer = random.id::<ConsumerId>();
                self.consume(transport, producer.into(), consumer.into())?;
                let (kind, rtp_parameters) = (self.kinds[&producer], Box::default());
                Ok(MediaReply::PipeConsumer { consumer, kind, rtp_parameters, producer_paused: false })
            }
            MediaRequest::ProduceData { transport, producer, .. } => {
                self.produce_data(transport, producer.unwrap_or_else(|| random.id()))
            }
            MediaRequest::ConsumeData { transport, producer } => {
                let consumer = random.id::<DataConsumerId>();
                self.consume(transport, producer.into(), consumer.into())?;
                let sctp_stream_parameters = SctpStreamParameters::new_ordered(0);
                let (label, protocol) = Default::default();
                Ok(MediaReply::DataConsumer { consumer, sctp_stream_parameters, label, protocol })
            }
            MediaRequest::PauseProducer(id) => self.pause_known(id, true),
            MediaRequest::ResumeProducer(id) => self.pause_known(id, false),
            MediaRequest::PauseConsumer(id)
            | MediaRequest::ResumeConsumer(id)
            | MediaRequest::RequestKeyFrame(id)
            | MediaRequest::SetPreferredLayers { consumer: id, .. }
            | MediaRequest::SetPriority { consumer: id, .. } => {
                needs(self.consumers.contains_key(&id.into()), MediaObjectKind::Consumer)?;
                Ok(MediaReply::Done)
            }
            MediaRequest::Stats(object) => {
                match object {
                    MediaObject::Router(_) | MediaObject::DataProducer(_) | MediaObject::DataConsumer(_) => {
                        panic!("has no statistics: {object:?}")
                    }
                    MediaObject::Transport(id) => needs(self.has(id), MediaObjectKind::Transport)?,
                    MediaObject::Producer(id) => {
                        needs(self.producers.contains_key(&id.into()), MediaObjectKind::Producer)?
                    }
                    MediaObject::Consumer(id) => {
                        needs(self.consumers.contains_key(&id.into()), MediaObjectKind::Consumer)?
                    }
                }
                Ok(MediaReply::Stats { json: "[]".to_owned() })
            }
            MediaRequest::Sample(subjects) => {
                let Subjects { transports, producers, consumers } = *subjects;
                let transports = transports.into_iter().filter(|id| self.transports.contains(id));
                let producers = producers.into_iter().filter(|id| self.producers.contains_key(&(*id).into()));
                let consumers = consumers.into_iter().filter(|id| self.consumers.contains_key(&(*id).into()));
                Ok(MediaReply::Samples(Box::new(Samples {
                    transports: transports.map(|id| (id, transport_sample(random))).collect(),
                    producers: producers.map(|id| (id, stream_sample(random))).collect(),
                    consumers: consumers.map(|id| (id, stream_sample(random))).collect(),
                })))
            }
            other => panic!("not asked like this: {other:?}"),
        }
    }

    fn pause_known(&mut self, id: ProducerId, paused: bool) -> Result<MediaReply, MediaError> {
        if !self.producers.contains_key(&id.into()) {
            return Err(MediaError::NotFound(MediaObjectKind::Producer));
        }
        self.pause(id, paused);
        Ok(MediaReply::Done)
    }

    fn pause(&mut self, id: ProducerId, paused: bool) {
        if paused {
            self.paused.insert(id);
        } else {
            self.paused.remove(&id);
        }
    }

    fn produce_data(&mut self, transport: TransportId, producer: DataProducerId) -> Result<MediaReply, MediaError> {
        if !self.has(transport) {
            return Err(MediaError::NotFound(MediaObjectKind::Transport));
        }
        // Piped anew, it may be closed anew.
        self.closed.remove(&format!("{:?}", MediaObject::DataProducer(producer)));
        match self.producers.insert(producer.into(), transport) {
            Some(_) => Err(MediaError::Failed("a data producer of that id exists".to_owned())),
            None => Ok(MediaReply::DataProducer { producer }),
        }
    }

    fn consume(
        &mut self,
        transport: TransportId,
        producer: AnyProducer,
        consumer: AnyConsumer,
    ) -> Result<(), MediaError> {
        let needs = |there: bool, kind| if there { Ok(()) } else { Err(MediaError::NotFound(kind)) };
        needs(self.has(transport), MediaObjectKind::Transport)?;
        needs(self.producers.contains_key(&producer), MediaObjectKind::Producer)?;
        self.consumers.insert(consumer, (transport, producer));
        Ok(())
    }
}

enum Asked {
    Open,
    Request(RouterId, MediaRequest),
}

/// All workers, each with one router of the room at most.
pub(super) struct Model {
    pub workers: usize,
    random: Random,
    pub routers: BTreeMap<RouterId, ModelRouter>,
    /// Routers whose worker died, until the room has heard of it or has given them back.
    pub lost: BTreeSet<RouterId>,
    /// Of those there are, the ones that the room knows.
    pub opened: BTreeSet<RouterId>,
    asked: Vec<(OpId, Asked)>,
    /// Carried out and not answered.
    answers: Vec<(OpId, Answer)>,
}

enum Answer {
    Opened(RouterId),
    NotOpened,
    Media(RouterId, Result<MediaReply, MediaError>),
}

impl Model {
    pub fn new(workers: usize, random: Random) -> Self {
        Self {
            workers,
            random,
            routers: BTreeMap::new(),
            lost: BTreeSet::new(),
            opened: BTreeSet::new(),
            asked: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Takes what a room wants of its workers.
    pub fn take(&mut self, output: Output) {
        match output {
            Output::OpenRouter(op) => self.asked.push((op, Asked::Open)),
            Output::CloseRouter(router) => {
                let there = self.routers.remove(&router).is_some();
                assert!(self.lost.remove(&router) || there, "given back, but not there: {router}");
                self.opened.remove(&router);
            }
            Output::Media(Some(op), router, request) => self.asked.push((op, Asked::Request(router, request))),
            Output::Media(None, id, request) => {
                let Some(router) = self.routers.get_mut(&id) else {
                    assert!(self.lost.contains(&id), "{request:?} for a router that was given back");
                    return;
                };
                match request {
                    MediaRequest::Close(object) => {
                        assert!(router.closed.insert(format!("{object:?}")), "closed twice: {object:?}");
                        router.close(object);
                    }
                    MediaRequest::PauseProducer(producer) | MediaRequest::ResumeProducer(producer) => {
                        assert!(router.producers.contains_key(&producer.into()), "no such producer: {producer}");
                    }
                    MediaRequest::SetMaxIncomingBitrate { transport, bps } => {
                        assert!(router.transports.contains(&transport), "no such transport: {transport}");
                        router.ceilings.insert(transport, bps);
                    }
                    request => panic!("nobody waits for {request:?}"),
                }
            }
            other => panic!("not for workers: {other:?}"),
        }
    }

    pub fn under_way(&self) -> usize {
        self.asked.len() + self.answers.len()
    }

    /// Carries out something of what was asked.
    pub fn carry_out(&mut self, index: usize, fail: bool) {
        if self.asked.is_empty() {
            return;
        }
        let (op, asked) = self.asked.remove(self.first_about_the_same(index % self.asked.len()));
        let answer = match asked {
            // Lost routers are still in the way until they are given back.
            Asked::Open if fail || self.routers.len() + self.lost.len() >= self.workers => Answer::NotOpened,
            Asked::Open => {
                let router: RouterId = self.random.id();
                self.routers.insert(router, ModelRouter::default());
                Answer::Opened(router)
            }
            Asked::Request(router, MediaRequest::Consume { .. }) if fail => {
                Answer::Media(router, Err(MediaError::CannotConsume))
            }
            Asked::Request(router, _) if fail => Answer::Media(router, Err(MediaError::Failed("model".to_owned()))),
            Asked::Request(id, request) => {
                let router = self.routers.get_mut(&id).ok_or(MediaError::WorkerLost);
                Answer::Media(id, router.and_then(|router| router.carry_out(request, &mut self.random)))
            }
        };
        self.answers.push((op, answer));
    }

    /// Of all that pauses or resumes the same producer, what was asked first.
    fn first_about_the_same(&self, index: usize) -> usize {
        let producer = |(_, asked): &(OpId, Asked)| match asked {
            Asked::Request(_, MediaRequest::PauseProducer(id) | MediaRequest::ResumeProducer(id)) => Some(*id),
            Asked::Request(..) | Asked::Open => None,
        };
        let Some(wanted) = producer(&self.asked[index]) else { return index };
        self.asked.iter().position(|asked| producer(asked) == Some(wanted)).unwrap_or(index)
    }

    /// Answers something that was carried out.
    pub fn answer(&mut self, index: usize) -> Option<Input> {
        if self.answers.is_empty() {
            return None;
        }
        let (op, answer) = self.answers.remove(index % self.answers.len());
        Some(match answer {
            Answer::NotOpened => Input::RouterOpened(op, Err(MediaError::WorkerLost)),
            Answer::Opened(router) => {
                self.opened.insert(router);
                Input::RouterOpened(op, Ok((router, capabilities())))
            }
            Answer::Media(_, result) => Input::MediaDone(op, result),
        })
    }

    /// A worker closes something by itself.
    pub fn close(&mut self, router: RouterId, object: MediaObject) {
        if let Some(router) = self.routers.get_mut(&router) {
            router.close(object);
        }
    }

    /// The worker of a router dies; the room hears of it later.
    pub fn lose(&mut self, router: RouterId) {
        if self.routers.remove(&router).is_some() {
            self.lost.insert(router);
        }
    }

    /// What was made and not answered yet: the room cannot know it.
    pub fn unanswered(&self) -> BTreeSet<String> {
        let made = self.answers.iter().filter_map(|(_, answer)| match answer {
            Answer::Media(router, Ok(reply)) => Some(format!("{router} {:?}", reply.created()?)),
            Answer::Media(..) | Answer::Opened(_) | Answer::NotOpened => None,
        });
        made.collect()
    }

    /// Routers that the room cannot know yet.
    pub fn unanswered_routers(&self) -> BTreeSet<RouterId> {
        let opened = self.answers.iter().filter_map(|(_, answer)| match answer {
            Answer::Opened(router) => Some(*router),
            Answer::Media(..) | Answer::NotOpened => None,
        });
        opened.collect()
    }
}

/// Any numbers: what they come to is for other tests.
fn transport_sample(random: &mut Random) -> TransportSample {
    TransportSample {
        bytes_received: random.below(5) as u64,
        media_received: random.below(1_000_000) as u64,
        media_sent: random.below(1_000_000) as u64,
        round_trip_ms: (!random.once_in(4)).then(|| random.below(600) as f32),
        available_bps: (!random.once_in(4)).then(|| random.below(600_000) as u64),
    }
}

fn stream_sample(random: &mut Random) -> StreamSample {
    StreamSample {
        ssrc: random.below(2) as u32,
        packets: random.below(1000) as u64,
        expected: random.below(1000) as u64,
        lost: random.below(200) as u64,
        jitter_ms: random.below(60) as f32,
        score: random.below(11) as u8,
    }
}

fn transport_reply(transport: TransportId) -> MediaReply {
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    MediaReply::Transport {
        transport,
        ice_parameters: serde_json::from_value(parse(
            r#"{ "usernameFragment": "u", "password": "p", "iceLite": true }"#,
        ))
        .expect("ICE parameters"),
        ice_candidates: Vec::new(),
        dtls_parameters: serde_json::from_value(parse(r#"{ "role": "auto", "fingerprints": [] }"#))
            .expect("DTLS parameters"),
        sctp_parameters: None,
    }
}
