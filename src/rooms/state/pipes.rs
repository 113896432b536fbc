//! A producer on its way to a spoke, a track or a data channel: piped when the first consumer there asks for it, once however many ask, and given
//! back when the last is gone.

use super::{Asker, Op, Pending, State};
use crate::ids::{DataProducerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{MediaError, MediaReply, MediaRequest, RtpCapabilities};
use crate::rooms::RoomError;
use crate::rooms::any::{AnyConsumer, AnyProducer};
use std::collections::BTreeMap;

/// A `consume` or `consumeData` that waits for its producer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub asker: Asker,
    pub transport: TransportId,
    pub wanted: Wanted,
}

/// What is to be received.
#[derive(Debug)]
pub(super) enum Wanted {
    /// A track, with what the client can receive.
    Track(ProducerId, Box<RtpCapabilities>),
    Data(DataProducerId),
}

impl Wanted {
    fn producer(&self) -> AnyProducer {
        match self {
            Self::Track(id, _) => AnyProducer::Track(*id),
            Self::Data(id) => AnyProducer::Data(*id),
        }
    }
}

/// How far a producer has come on a spoke.
#[derive(Debug)]
pub(super) enum Pipe {
    Opening {
        waiting: Vec<Waiting>,
        /// What sends it into the link, at home, once that is there.
        consumer: Option<AnyConsumer>,
    },
    Open {
        consumer: AnyConsumer,
    },
}

impl Pipe {
    pub fn consumer(&self) -> Option<AnyConsumer> {
        match self {
            Self::Opening { consumer, .. } => *consumer,
            Self::Open { consumer } => Some(*consumer),
        }
    }
}

/// What is piped to one spoke.
pub(super) type Pipes = BTreeMap<AnyProducer, Pipe>;

impl State {
    /// Asks for a consumer on whatever router its transport stands; it is reserved already.
    pub(super) fn start_consumer(&mut self, waiting: Waiting) {
        let producer = waiting.wanted.producer();
        let router = self.peers.get(&waiting.asker.peer).and_then(|peer| peer.transports.get(&waiting.transport));
        let Some(router) = router.map(|transport| transport.router) else {
            return self.consumer_refused(&waiting, RoomError::TransportNotFound);
        };
        let Some(spoke) = self.spokes.get_mut(router) else {
            return self.run_consume(router, None, waiting);
        };
        match spoke.pipes.get_mut(&producer) {
            Some(Pipe::Open { consumer }) => {
                let pipe = Some(*consumer);
                self.run_consume(router, pipe, waiting);
            }
            Some(Pipe::Opening { waiting: others, .. }) => others.push(waiting),
            None => {
                let link = spoke.link();
                spoke.pipes.insert(producer, Pipe::Opening { waiting: vec![waiting], consumer: None });
                if let (Some(home), Some((transport, _))) = (self.home, link) {
                    let request = match producer {
                        AnyProducer::Track(producer) => MediaRequest::PipeConsume { transport, producer },
                        AnyProducer::Data(producer) => MediaRequest::ConsumeData { transport, producer },
                    };
                    self.run(None, home, Op::PipeOut(router, producer), request);
                }
            }
        }
    }

    fn run_consume(&mut self, router: RouterId, pipe: Option<AnyConsumer>, waiting: Waiting) {
        let Waiting { asker, transport, wanted } = waiting;
        let op = Op::Consume { transport, producer: wanted.producer(), pipe };
        let request = match wanted {
            Wanted::Track(producer, rtp_capabilities) => {
                MediaRequest::Consume { transport, producer, rtp_capabilities }
            }
            Wanted::Data(producer) => MediaRequest::ConsumeData { transport, producer },
        };
        self.run(Some(asker), router, op, request);
    }

    fn consumer_refused(&mut self, waiting: &Waiting, error: RoomError) {
        let error = match self.peers.get_mut(&waiting.asker.peer) {
            Some(peer) => {
                *peer.reserved.consumers_of(waiting.wanted.producer()) -= 1;
                error
            }
            None => RoomError::NotJoined,
        };
        self.answer(waiting.asker.ticket, Err(error));
    }

    /// Answers all that wait for pipes which will not be.
    pub(super) fn refuse_waiting(&mut self, pipes: Pipes, error: RoomError) {
        for pipe in pipes.into_values() {
            if let Pipe::Opening { waiting, .. } = pipe {
                waiting.iter().for_each(|waiting| self.consumer_refused(waiting, error.clone()));
            }
        }
    }

    /// Home sends the producer into the link; true if that is still wanted.
    pub(super) fn piped_out(
        &mut self,
        router: RouterId,
        producer: AnyProducer,
        result: Result<MediaReply, MediaError>,
    ) -> bool {
        let Some(spoke) = self.spokes.get_mut(router) else { return false };
        let link = spoke.link();
        // One that was given up meanwhile is not this one.
        let Some(Pipe::Opening { consumer: out @ None, .. }) = spoke.pipes.get_mut(&producer) else { return false };
        let reply = match result {
            Ok(reply) => reply,
            Err(error) => {
                self.drop_pipe(router, producer, RoomError::Media(error));
                return true;
            }
        };
        let Some((_, transport)) = link else { return false };
        let Some((consumer, paused, request)) = pipe_in(transport, producer, reply) else { return false };
        *out = Some(consumer);
        self.run(None, router, Op::PipeIn { spoke: router, producer, consumer, paused }, request);
        true
    }

    /// The producer is on the spoke: who waited for it gets its consumer. True if that is still wanted.
    pub(super) fn piped_in(
        &mut self,
        router: RouterId,
        producer: AnyProducer,
        consumer: AnyConsumer,
        paused: bool,
        result: Result<MediaReply, MediaError>,
    ) -> bool {
        let pipe = self.spokes.get_mut(router).and_then(|spoke| spoke.pipes.get_mut(&producer));
        let mine = pipe.filter(|pipe| pipe.consumer() == Some(consumer));
        let (Some(pipe), Ok(_)) = (mine, &result) else {
            if let Some(home) = self.home {
                self.close_media(home, consumer.into());
            }
            if let (Err(error), Some((router, producer))) = (result, self.pipe_of(consumer)) {
                self.drop_pipe(router, producer, RoomError::Media(error));
            }
            return false;
        };
        let opening = std::mem::replace(pipe, Pipe::Open { consumer });
        let Pipe::Opening { waiting, .. } = opening else { return true };
        if let AnyProducer::Track(producer) = producer {
            let now = self.paused(producer);
            if now != paused {
                self.send(router, pause(producer, now));
            }
        }
        for waiting in waiting {
            self.start_consumer(waiting);
        }
        // Everybody who waited may have gone.
        self.close_pipe_if_idle(router, producer);
        true
    }

    /// The owner paused or resumed a producer: its copies on the spokes do the same, so that each consumer there asks
    /// for a key frame when it goes on.
    pub(super) fn pause_piped(&mut self, producer: ProducerId, paused: bool) {
        let piped = |pipes: &Pipes| matches!(pipes.get(&producer.into()), Some(Pipe::Open { .. }));
        let spokes: Vec<_> = self.spokes.iter().filter(|(_, spoke)| piped(&spoke.pipes)).map(|(id, _)| id).collect();
        for router in spokes {
            self.send(router, pause(producer, paused));
        }
    }

    /// A producer is closed: so are its copies. What sends it into the link closes with it.
    pub(super) fn close_pipes_of(&mut self, producer: AnyProducer) {
        let removed =
            self.spokes.iter_mut().filter_map(|(router, spoke)| Some((router, spoke.pipes.remove(&producer)?)));
        let removed: Vec<_> = removed.collect();
        for (router, pipe) in removed {
            match pipe {
                Pipe::Opening { waiting, .. } => {
                    waiting.iter().for_each(|waiting| self.consumer_refused(waiting, not_found(producer)));
                }
                Pipe::Open { .. } => self.close_media(router, producer.into()),
            }
        }
    }

    /// A consumer on a router is gone, or did not come about: on a spoke it may have been the last of its producer.
    pub(super) fn close_pipe_if_idle(&mut self, router: RouterId, producer: AnyProducer) {
        let pipe = self.spokes.get(router).and_then(|spoke| spoke.pipes.get(&producer));
        if !matches!(pipe, Some(Pipe::Open { .. })) {
            return;
        }
        let coming = |pending: &Pending| {
            pending.router == Some(router) && matches!(pending.op, Op::Consume { producer: of, .. } if of == producer)
        };
        if self.receivers_on(router, producer).is_empty() && !self.ops.values().any(coming) {
            self.drop_pipe(router, producer, not_found(producer));
        }
    }

    /// Whether what brought a producer to a spoke still does: another in its place has other consumers.
    pub(super) fn still_piped(&self, router: RouterId, producer: AnyProducer, pipe: Option<AnyConsumer>) -> bool {
        let Some(pipe) = pipe else { return true };
        let now = self.spokes.get(router).and_then(|spoke| spoke.pipes.get(&producer));
        matches!(now, Some(Pipe::Open { consumer }) if *consumer == pipe)
    }

    pub(super) fn receivers_on(&self, router: RouterId, producer: AnyProducer) -> Vec<(PeerId, AnyConsumer)> {
        let receivers: Vec<(PeerId, AnyConsumer)> = match producer {
            AnyProducer::Track(id) => {
                let receivers = self.receivers.get(&id).into_iter().flatten();
                receivers.map(|(peer, consumer)| (*peer, (*consumer).into())).collect()
            }
            AnyProducer::Data(id) => {
                let receivers = self.data_receivers.get(&id).into_iter().flatten();
                receivers.map(|(peer, consumer)| (*peer, (*consumer).into())).collect()
            }
        };
        let here = |(peer, consumer): &(PeerId, AnyConsumer)| self.peers[peer].router_of(*consumer) == Some(router);
        receivers.into_iter().filter(here).collect()
    }

    /// Takes a pipe away, with both its ends and those who wait for it.
    fn drop_pipe(&mut self, router: RouterId, producer: AnyProducer, error: RoomError) {
        let Some(pipe) = self.spokes.get_mut(router).and_then(|spoke| spoke.pipes.remove(&producer)) else { return };
        match pipe {
            Pipe::Opening { waiting, .. } => {
                waiting.iter().for_each(|waiting| self.consumer_refused(waiting, error.clone()));
            }
            Pipe::Open { consumer } => {
                self.close_media(router, producer.into());
                if let Some(home) = self.home {
                    self.close_media(home, consumer.into());
                }
            }
        }
    }

    /// What a consumer sends into which spoke's link, if that is what it does.
    pub(super) fn pipe_of(&self, id: AnyConsumer) -> Option<(RouterId, AnyProducer)> {
        self.spokes.iter().find_map(|(router, spoke)| {
            let (producer, _) = spoke.pipes.iter().find(|(_, pipe)| pipe.consumer() == Some(id))?;
            Some((router, *producer))
        })
    }

    /// A producer's copy on a spoke is gone: its consumers there go with it.
    pub(super) fn piped_producer_lost(&mut self, router: RouterId, producer: AnyProducer) {
        let here = self.receivers_on(router, producer);
        self.drop_pipe(router, producer, not_found(producer));
        for (peer, consumer) in here {
            self.lose_consumer(peer, consumer);
        }
    }

    pub(super) fn paused(&self, producer: ProducerId) -> bool {
        let owner = self.owners.get(&producer).and_then(|owner| self.peers.get(owner));
        owner.and_then(|owner| owner.producers.get(&producer)).is_some_and(|producer| producer.paused)
    }
}

fn pause(producer: ProducerId, paused: bool) -> MediaRequest {
    if paused { MediaRequest::PauseProducer(producer) } else { MediaRequest::ResumeProducer(producer) }
}

/// What comes out of a link as it goes in: what sends it, whether it is paused, and the request to receive it.
fn pipe_in(
    transport: TransportId,
    producer: AnyProducer,
    reply: MediaReply,
) -> Option<(AnyConsumer, bool, MediaRequest)> {
    match (producer, reply) {
        (
            AnyProducer::Track(producer),
            MediaReply::PipeConsumer { consumer, kind, rtp_parameters, producer_paused: paused },
        ) => {
            let request = MediaRequest::PipeProduce { transport, producer, kind, rtp_parameters, paused };
            Some((consumer.into(), paused, request))
        }
        (AnyProducer::Data(id), MediaReply::DataConsumer { consumer, sctp_stream_parameters, label, protocol }) => {
            let producer = Some(id);
            let request = MediaRequest::ProduceData { transport, producer, sctp_stream_parameters, label, protocol };
            Some((consumer.into(), false, request))
        }
        _ => None,
    }
}

fn not_found(producer: AnyProducer) -> RoomError {
    match producer {
        AnyProducer::Track(_) => RoomError::ProducerNotFound,
        AnyProducer::Data(_) => RoomError::DataProducerNotFound,
    }
}
