//! A producer on its way to a spoke: piped when the first consumer there asks for it, once however many ask, and given
//! back when the last is gone.

use super::{Asker, Op, Pending, State};
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{MediaError, MediaObject, MediaReply, MediaRequest, RtpCapabilities};
use crate::protocol::{ConsumerRef, Event, Reason};
use crate::rooms::RoomError;
use std::collections::BTreeMap;

/// A `consume` that waits for its producer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub asker: Asker,
    pub transport: TransportId,
    pub rtp_capabilities: Box<RtpCapabilities>,
}

/// How far a producer has come on a spoke.
#[derive(Debug)]
pub(super) enum Pipe {
    Opening {
        waiting: Vec<Waiting>,
        /// What sends it into the link, at home, once that is there.
        consumer: Option<ConsumerId>,
    },
    Open {
        consumer: ConsumerId,
    },
}

impl Pipe {
    fn consumer(&self) -> Option<ConsumerId> {
        match self {
            Self::Opening { consumer, .. } => *consumer,
            Self::Open { consumer } => Some(*consumer),
        }
    }
}

/// What is piped to one spoke.
pub(super) type Pipes = BTreeMap<ProducerId, Pipe>;

impl State {
    /// Asks for a consumer on whatever router its transport stands; it is reserved already.
    pub(super) fn start_consumer(&mut self, producer: ProducerId, waiting: Waiting) {
        let router = self.peers.get(&waiting.asker.peer).and_then(|peer| peer.transports.get(&waiting.transport));
        let Some(router) = router.map(|transport| transport.router) else {
            return self.consumer_refused(&waiting, RoomError::TransportNotFound);
        };
        let Some(spoke) = self.spokes.get_mut(router) else {
            return self.run_consume(router, producer, None, waiting);
        };
        match spoke.pipes.get_mut(&producer) {
            Some(Pipe::Open { consumer }) => {
                let pipe = Some(*consumer);
                self.run_consume(router, producer, pipe, waiting);
            }
            Some(Pipe::Opening { waiting: others, .. }) => others.push(waiting),
            None => {
                let link = spoke.link();
                spoke.pipes.insert(producer, Pipe::Opening { waiting: vec![waiting], consumer: None });
                if let (Some(home), Some((transport, _))) = (self.home, link) {
                    let request = MediaRequest::PipeConsume { transport, producer };
                    self.run(None, home, Op::PipeOut(router, producer), request);
                }
            }
        }
    }

    fn run_consume(&mut self, router: RouterId, producer: ProducerId, pipe: Option<ConsumerId>, waiting: Waiting) {
        let Waiting { asker, transport, rtp_capabilities } = waiting;
        let request = MediaRequest::Consume { transport, producer, rtp_capabilities };
        self.run(Some(asker), router, Op::Consume { transport, producer, pipe }, request);
    }

    fn consumer_refused(&mut self, waiting: &Waiting, error: RoomError) {
        let error = match self.peers.get_mut(&waiting.asker.peer) {
            Some(peer) => {
                peer.reserved.consumers -= 1;
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
        producer: ProducerId,
        result: Result<MediaReply, MediaError>,
    ) -> bool {
        let Some(spoke) = self.spokes.get_mut(router) else { return false };
        let link = spoke.link();
        // One that was given up meanwhile is not this one.
        let Some(Pipe::Opening { consumer: out @ None, .. }) = spoke.pipes.get_mut(&producer) else { return false };
        match result {
            Ok(MediaReply::PipeConsumer { consumer, kind, rtp_parameters, producer_paused: paused }) => {
                let Some((_, transport)) = link else { return false };
                *out = Some(consumer);
                let request = MediaRequest::PipeProduce { transport, producer, kind, rtp_parameters, paused };
                let op = Op::PipeIn { spoke: router, producer, consumer, paused };
                self.run(None, router, op, request);
                true
            }
            Ok(_) => false,
            Err(error) => {
                self.drop_pipe(router, producer, RoomError::Media(error));
                true
            }
        }
    }

    /// The producer is on the spoke: who waited for it gets its consumer. True if that is still wanted.
    pub(super) fn piped_in(
        &mut self,
        router: RouterId,
        producer: ProducerId,
        consumer: ConsumerId,
        paused: bool,
        result: Result<MediaReply, MediaError>,
    ) -> bool {
        let pipe = self.spokes.get_mut(router).and_then(|spoke| spoke.pipes.get_mut(&producer));
        let mine = pipe.filter(|pipe| pipe.consumer() == Some(consumer));
        let (Some(pipe), Ok(_)) = (mine, &result) else {
            if let Some(home) = self.home {
                self.close_media(home, MediaObject::Consumer(consumer));
            }
            if let (Err(error), Some((router, producer))) = (result, self.pipe_of(consumer)) {
                self.drop_pipe(router, producer, RoomError::Media(error));
            }
            return false;
        };
        let opening = std::mem::replace(pipe, Pipe::Open { consumer });
        let Pipe::Opening { waiting, .. } = opening else { return true };
        let now = self.paused(producer);
        if now != paused {
            self.send(router, pause(producer, now));
        }
        for waiting in waiting {
            self.start_consumer(producer, waiting);
        }
        // Everybody who waited may have gone.
        self.close_pipe_if_idle(router, producer);
        true
    }

    /// The owner paused or resumed a producer: its copies on the spokes do the same, so that each consumer there asks
    /// for a key frame when it goes on.
    pub(super) fn pause_piped(&mut self, producer: ProducerId, paused: bool) {
        let piped = |pipes: &Pipes| matches!(pipes.get(&producer), Some(Pipe::Open { .. }));
        let spokes: Vec<_> = self.spokes.iter().filter(|(_, spoke)| piped(&spoke.pipes)).map(|(id, _)| id).collect();
        for router in spokes {
            self.send(router, pause(producer, paused));
        }
    }

    /// A producer is closed: so are its copies. What sends it into the link closes with it.
    pub(super) fn close_pipes_of(&mut self, producer: ProducerId) {
        let removed =
            self.spokes.iter_mut().filter_map(|(router, spoke)| Some((router, spoke.pipes.remove(&producer)?)));
        let removed: Vec<_> = removed.collect();
        for (router, pipe) in removed {
            match pipe {
                Pipe::Opening { waiting, .. } => {
                    waiting.iter().for_each(|waiting| self.consumer_refused(waiting, RoomError::ProducerNotFound));
                }
                Pipe::Open { .. } => self.close_media(router, MediaObject::Producer(producer)),
            }
        }
    }

    /// A consumer on a router is gone, or did not come about: on a spoke it may have been the last of its producer.
    pub(super) fn close_pipe_if_idle(&mut self, router: RouterId, producer: ProducerId) {
        let pipe = self.spokes.get(router).and_then(|spoke| spoke.pipes.get(&producer));
        if !matches!(pipe, Some(Pipe::Open { .. })) {
            return;
        }
        let coming = |pending: &Pending| {
            pending.router == Some(router) && matches!(pending.op, Op::Consume { producer: of, .. } if of == producer)
        };
        if self.receivers_on(router, producer).is_empty() && !self.ops.values().any(coming) {
            self.drop_pipe(router, producer, RoomError::ProducerNotFound);
        }
    }

    /// Whether what brought a producer to a spoke still does: another in its place has other consumers.
    pub(super) fn still_piped(&self, router: RouterId, producer: ProducerId, pipe: Option<ConsumerId>) -> bool {
        let Some(pipe) = pipe else { return true };
        let now = self.spokes.get(router).and_then(|spoke| spoke.pipes.get(&producer));
        matches!(now, Some(Pipe::Open { consumer }) if *consumer == pipe)
    }

    fn receivers_on(&self, router: RouterId, producer: ProducerId) -> Vec<(PeerId, ConsumerId)> {
        let receivers = self.receivers.get(&producer).into_iter().flatten().copied();
        receivers.filter(|(peer, consumer)| self.peers[peer].router_of(*consumer) == Some(router)).collect()
    }

    /// Takes a pipe away, with both its ends and those who wait for it.
    fn drop_pipe(&mut self, router: RouterId, producer: ProducerId, error: RoomError) {
        let Some(pipe) = self.spokes.get_mut(router).and_then(|spoke| spoke.pipes.remove(&producer)) else { return };
        match pipe {
            Pipe::Opening { waiting, .. } => {
                waiting.iter().for_each(|waiting| self.consumer_refused(waiting, error.clone()));
            }
            Pipe::Open { consumer } => {
                self.close_media(router, MediaObject::Producer(producer));
                if let Some(home) = self.home {
                    self.close_media(home, MediaObject::Consumer(consumer));
                }
            }
        }
    }

    /// Whether a consumer is what sends a producer into a link.
    pub(super) fn is_pipe(&self, id: ConsumerId) -> bool {
        self.pipe_of(id).is_some()
    }

    fn pipe_of(&self, id: ConsumerId) -> Option<(RouterId, ProducerId)> {
        self.spokes.iter().find_map(|(router, spoke)| {
            let (producer, _) = spoke.pipes.iter().find(|(_, pipe)| pipe.consumer() == Some(id))?;
            Some((router, *producer))
        })
    }

    /// What sends a producer into a link was closed below.
    pub(super) fn pipe_broke(&mut self, id: ConsumerId) {
        if let Some((router, producer)) = self.pipe_of(id) {
            self.piped_producer_lost(router, producer);
        }
    }

    /// A producer's copy on a spoke is gone: its consumers there go with it.
    pub(super) fn piped_producer_lost(&mut self, router: RouterId, producer_id: ProducerId) {
        let here = self.receivers_on(router, producer_id);
        self.drop_pipe(router, producer_id, RoomError::ProducerNotFound);
        for (peer, consumer_id) in here {
            self.take_consumer(peer, consumer_id);
            let closed = ConsumerRef { consumer_id, producer_id, reason: Reason::ProducerClosed };
            self.tell(peer, Event::ConsumerClosed(closed));
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
