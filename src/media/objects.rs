//! What lives in one worker, by id, and what falls with what. The only place that holds mediasoup's handles: an object
//! is closed by dropping its last handle, so removing it here is closing it.

use super::callbacks::Registrations;
use super::protocol::{MediaObject, WorkerLoad};
use super::speakers::Speakers;
use crate::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use mediasoup::consumer::Consumer;
use mediasoup::prelude::{PipeTransport, Router, Transport, WebRtcTransport};
use mediasoup::producer::Producer;
use std::collections::{HashMap, HashSet};

pub(super) struct RouterEntry {
    pub router: Router,
    pub speakers: Option<Speakers>,
    transports: HashSet<TransportId>,
}

/// A transport to a client, or one end of a pipe.
#[derive(Clone)]
pub(super) enum AnyTransport {
    WebRtc(WebRtcTransport),
    Pipe(PipeTransport),
}

impl AnyTransport {
    /// What both can do.
    pub fn get(&self) -> &dyn Transport {
        match self {
            Self::WebRtc(transport) => transport,
            Self::Pipe(transport) => transport,
        }
    }
}

pub(super) struct TransportEntry {
    pub router: RouterId,
    pub transport: AnyTransport,
    /// Whether its client has a path to it, as its room was told last.
    connected: bool,
    producers: HashSet<ProducerId>,
    consumers: HashSet<ConsumerId>,
    _registrations: Registrations,
}

pub(super) struct ProducerEntry {
    pub transport: TransportId,
    pub producer: Producer,
    heard_by: Option<Speakers>,
    consumers: HashSet<ConsumerId>,
    _registrations: Registrations,
}

pub(super) struct ConsumerEntry {
    pub transport: TransportId,
    pub producer: ProducerId,
    pub consumer: Consumer,
    _registrations: Registrations,
}

/// The handles of one worker.
#[derive(Default)]
pub(super) struct Objects {
    pub routers: HashMap<RouterId, RouterEntry>,
    pub transports: HashMap<TransportId, TransportEntry>,
    /// Those of them that lead to another router.
    pipes: HashSet<TransportId>,
    pub producers: HashMap<ProducerId, ProducerEntry>,
    pub consumers: HashMap<ConsumerId, ConsumerEntry>,
    /// Closed, but for those who still hear them.
    pub parting: Vec<(Speakers, Producer)>,
}

impl Objects {
    /// What there is of clients: pipes between routers are our own affair.
    pub fn load(&self) -> WorkerLoad {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let pipes = || self.pipes.iter().filter_map(|id| self.transports.get(id));
        let piped_in: usize = pipes().map(|entry| entry.producers.len()).sum();
        let piped_out: usize = pipes().map(|entry| entry.consumers.len()).sum();
        WorkerLoad {
            routers: count(self.routers.len()),
            transports: count(self.transports.len() - self.pipes.len()),
            producers: count(self.producers.len() - piped_in),
            consumers: count(self.consumers.len() - piped_out),
        }
    }

    pub fn add_router(&mut self, id: RouterId, router: Router, speakers: Option<Speakers>) {
        self.routers.insert(id, RouterEntry { router, speakers, transports: HashSet::new() });
    }

    /// Keeps the transport if its router is still there; otherwise it is dropped, and so closed.
    pub fn add_transport(
        &mut self,
        router: RouterId,
        id: TransportId,
        transport: AnyTransport,
        registrations: Registrations,
    ) -> Option<()> {
        self.routers.get_mut(&router)?.transports.insert(id);
        if matches!(transport, AnyTransport::Pipe(_)) {
            self.pipes.insert(id);
        }
        self.transports.insert(
            id,
            TransportEntry {
                router,
                transport,
                connected: false,
                producers: HashSet::new(),
                consumers: HashSet::new(),
                _registrations: registrations,
            },
        );
        Some(())
    }

    /// Keeps the producer if its transport is still there; otherwise it is dropped, and so closed.
    pub fn add_producer(
        &mut self,
        transport: TransportId,
        id: ProducerId,
        producer: Producer,
        heard_by: Option<Speakers>,
        registrations: Registrations,
    ) -> Option<()> {
        let Some(entry) = self.transports.get_mut(&transport) else {
            self.parting.extend(heard_by.map(|speakers| (speakers, producer)));
            return None;
        };
        entry.producers.insert(id);
        let consumers = HashSet::new();
        let entry = ProducerEntry { transport, producer, heard_by, consumers, _registrations: registrations };
        self.producers.insert(id, entry);
        Some(())
    }

    /// Keeps the consumer if its transport and producer are still there; otherwise it is dropped, and so closed.
    pub fn add_consumer(
        &mut self,
        transport: TransportId,
        producer: ProducerId,
        id: ConsumerId,
        consumer: Consumer,
        registrations: Registrations,
    ) -> Option<()> {
        let of_transport = &mut self.transports.get_mut(&transport)?.consumers;
        self.producers.get_mut(&producer)?.consumers.insert(id);
        of_transport.insert(id);
        self.consumers.insert(id, ConsumerEntry { transport, producer, consumer, _registrations: registrations });
        Some(())
    }

    /// Closes an object and all below it; one that is gone already is fine.
    pub fn close(&mut self, object: MediaObject) {
        match object {
            MediaObject::Router(id) => {
                let Some(entry) = self.routers.remove(&id) else { return };
                for transport in entry.transports {
                    self.close(MediaObject::Transport(transport));
                }
            }
            MediaObject::Transport(id) => {
                let Some(entry) = self.transports.remove(&id) else { return };
                self.pipes.remove(&id);
                if let Some(router) = self.routers.get_mut(&entry.router) {
                    router.transports.remove(&id);
                }
                for consumer in entry.consumers {
                    self.close(MediaObject::Consumer(consumer));
                }
                for producer in entry.producers {
                    self.close(MediaObject::Producer(producer));
                }
            }
            MediaObject::Producer(id) => {
                let Some(entry) = self.producers.remove(&id) else { return };
                if let Some(transport) = self.transports.get_mut(&entry.transport) {
                    transport.producers.remove(&id);
                }
                for consumer in entry.consumers {
                    self.close(MediaObject::Consumer(consumer));
                }
                self.parting.extend(entry.heard_by.map(|speakers| (speakers, entry.producer)));
            }
            MediaObject::Consumer(id) => {
                let Some(entry) = self.consumers.remove(&id) else { return };
                if let Some(transport) = self.transports.get_mut(&entry.transport) {
                    transport.consumers.remove(&id);
                }
                if let Some(producer) = self.producers.get_mut(&entry.producer) {
                    producer.consumers.remove(&id);
                }
            }
        }
    }

    /// Notes whether a transport's client has a path to it; false if that is no news.
    pub fn set_connected(&mut self, id: TransportId, connected: bool) -> bool {
        let entry = self.transports.get_mut(&id);
        entry.is_some_and(|entry| std::mem::replace(&mut entry.connected, connected) != connected)
    }

    /// The router on which an object stands.
    pub fn router_of(&self, object: MediaObject) -> Option<RouterId> {
        match object {
            MediaObject::Router(id) => Some(id),
            MediaObject::Transport(id) => self.transports.get(&id).map(|entry| entry.router),
            MediaObject::Producer(id) => {
                let transport = self.producers.get(&id)?.transport;
                self.router_of(MediaObject::Transport(transport))
            }
            MediaObject::Consumer(id) => {
                let transport = self.consumers.get(&id)?.transport;
                self.router_of(MediaObject::Transport(transport))
            }
        }
    }
}
