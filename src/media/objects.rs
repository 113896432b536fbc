//! What lives in one worker, by id, and what falls with what. The only place that holds mediasoup's handles: an object
//! is closed by dropping its last handle, so removing it here is closing it.

use super::callbacks::Registrations;
use super::protocol::{MediaObject, WorkerLoad};
use super::speakers::Speakers;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use mediasoup::consumer::Consumer;
use mediasoup::data_consumer::DataConsumer;
use mediasoup::data_producer::DataProducer;
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
    /// What goes both ways on it.
    carried: HashSet<MediaObject>,
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

pub(super) struct DataProducerEntry {
    pub transport: TransportId,
    pub producer: DataProducer,
    consumers: HashSet<DataConsumerId>,
    _registrations: Registrations,
}

struct DataConsumerEntry {
    transport: TransportId,
    producer: DataProducerId,
    _consumer: DataConsumer,
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
    pub data_producers: HashMap<DataProducerId, DataProducerEntry>,
    data_consumers: HashMap<DataConsumerId, DataConsumerEntry>,
    /// Closed, but for those who still hear them.
    pub parting: Vec<(Speakers, Producer)>,
}

impl Objects {
    /// What there is of clients: pipes between routers are our own affair.
    pub fn load(&self) -> WorkerLoad {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let piped = self.pipes.iter().filter_map(|id| self.transports.get(id)).flat_map(|entry| &entry.carried);
        let (mut producers, mut consumers, mut data_producers, mut data_consumers) = (0, 0, 0, 0);
        for object in piped {
            match object {
                MediaObject::Router(_) | MediaObject::Transport(_) => {}
                MediaObject::Producer(_) => producers += 1,
                MediaObject::Consumer(_) => consumers += 1,
                MediaObject::DataProducer(_) => data_producers += 1,
                MediaObject::DataConsumer(_) => data_consumers += 1,
            }
        }
        WorkerLoad {
            routers: count(self.routers.len()),
            transports: count(self.transports.len() - self.pipes.len()),
            producers: count(self.producers.len() - producers),
            consumers: count(self.consumers.len() - consumers),
            data_producers: count(self.data_producers.len() - data_producers),
            data_consumers: count(self.data_consumers.len() - data_consumers),
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
        let (connected, carried) = (false, HashSet::new());
        let entry = TransportEntry { router, transport, connected, carried, _registrations: registrations };
        self.transports.insert(id, entry);
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
        entry.carried.insert(MediaObject::Producer(id));
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
        let carried = &mut self.transports.get_mut(&transport)?.carried;
        self.producers.get_mut(&producer)?.consumers.insert(id);
        carried.insert(MediaObject::Consumer(id));
        self.consumers.insert(id, ConsumerEntry { transport, producer, consumer, _registrations: registrations });
        Some(())
    }

    /// Keeps the data producer if its transport is still there; otherwise it is dropped, and so closed.
    pub fn add_data_producer(
        &mut self,
        transport: TransportId,
        id: DataProducerId,
        producer: DataProducer,
        registrations: Registrations,
    ) -> Option<()> {
        self.transports.get_mut(&transport)?.carried.insert(MediaObject::DataProducer(id));
        let consumers = HashSet::new();
        let entry = DataProducerEntry { transport, producer, consumers, _registrations: registrations };
        self.data_producers.insert(id, entry);
        Some(())
    }

    /// Keeps the data consumer if its transport and producer are still there; otherwise it is dropped, and so closed.
    pub fn add_data_consumer(
        &mut self,
        transport: TransportId,
        producer: DataProducerId,
        id: DataConsumerId,
        consumer: DataConsumer,
        registrations: Registrations,
    ) -> Option<()> {
        let carried = &mut self.transports.get_mut(&transport)?.carried;
        self.data_producers.get_mut(&producer)?.consumers.insert(id);
        carried.insert(MediaObject::DataConsumer(id));
        let entry = DataConsumerEntry { transport, producer, _consumer: consumer, _registrations: registrations };
        self.data_consumers.insert(id, entry);
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
                for object in entry.carried {
                    self.close(object);
                }
            }
            MediaObject::Producer(id) => {
                let Some(entry) = self.producers.remove(&id) else { return };
                self.carries_no_more(entry.transport, object);
                for consumer in entry.consumers {
                    self.close(MediaObject::Consumer(consumer));
                }
                self.parting.extend(entry.heard_by.map(|speakers| (speakers, entry.producer)));
            }
            MediaObject::Consumer(id) => {
                let Some(entry) = self.consumers.remove(&id) else { return };
                self.carries_no_more(entry.transport, object);
                if let Some(producer) = self.producers.get_mut(&entry.producer) {
                    producer.consumers.remove(&id);
                }
            }
            MediaObject::DataProducer(id) => {
                let Some(entry) = self.data_producers.remove(&id) else { return };
                self.carries_no_more(entry.transport, object);
                for consumer in entry.consumers {
                    self.close(MediaObject::DataConsumer(consumer));
                }
            }
            MediaObject::DataConsumer(id) => {
                let Some(entry) = self.data_consumers.remove(&id) else { return };
                self.carries_no_more(entry.transport, object);
                if let Some(producer) = self.data_producers.get_mut(&entry.producer) {
                    producer.consumers.remove(&id);
                }
            }
        }
    }

    fn carries_no_more(&mut self, transport: TransportId, object: MediaObject) {
        if let Some(transport) = self.transports.get_mut(&transport) {
            transport.carried.remove(&object);
        }
    }

    /// Notes whether a transport's client has a path to it; false if that is no news.
    pub fn set_connected(&mut self, id: TransportId, connected: bool) -> bool {
        let entry = self.transports.get_mut(&id);
        entry.is_some_and(|entry| std::mem::replace(&mut entry.connected, connected) != connected)
    }

    /// The router on which an object stands.
    pub fn router_of(&self, object: MediaObject) -> Option<RouterId> {
        let transport = match object {
            MediaObject::Router(id) => return Some(id),
            MediaObject::Transport(id) => id,
            MediaObject::Producer(id) => self.producers.get(&id)?.transport,
            MediaObject::Consumer(id) => self.consumers.get(&id)?.transport,
            MediaObject::DataProducer(id) => self.data_producers.get(&id)?.transport,
            MediaObject::DataConsumer(id) => self.data_consumers.get(&id)?.transport,
        };
        self.transports.get(&transport).map(|entry| entry.router)
    }
}
