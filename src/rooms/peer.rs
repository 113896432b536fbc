//! A peer: what one participant has in a room.

use super::any::{AnyConsumer, AnyProducer};
use super::command::{Fresh, OpId};
use super::mutes::Mutes;
use super::quality::Health;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, PeerId, ProducerId, RouterId, SessionId, TransportId};
use crate::limits::Meter;
use crate::media::protocol::{ConsumerLayers, ConsumerScore, MediaKind, ProducerScore};
use crate::protocol::{
    AppData, Caller, ChannelName, DataProducerInfo, DataProducerRef, Direction, DisplayName, OwnConsumer,
    OwnDataConsumer, OwnMedia, OwnProducer, PeerInfo, PeerRef, PeerTag, ProducerInfo, ProducerRef, ProducerSummary,
    ResumeToken, Role, Source, UserId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// How far a transport's DTLS parameters have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    New,
    /// The worker is being told: a second `connectTransport` is refused meanwhile.
    Connecting,
    Connected,
}

/// Whether the client reaches a transport, by its ICE consent checks (RFC 7675).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    NotYet,
    Open,
    LostSince(Instant),
}

#[derive(Debug)]
pub(super) struct Transport {
    pub router: RouterId,
    pub direction: Direction,
    pub connection: Connection,
    pub path: Path,
    /// What its client is told to send at most, in bit/s.
    pub ceiling: u32,
}

/// What of a producer is of use to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Demand {
    /// The highest spatial layer that somebody receives, as its owner knows; none: nobody receives anything.
    pub told: Option<u8>,
    /// When to tell that it is less by now.
    pub release_at: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Producer {
    pub transport: TransportId,
    pub kind: MediaKind,
    pub app_data: AppData,
    pub paused: bool,
    /// The request that set `paused` last: the worker carries requests out in their order, but its answers may come in
    /// another.
    pub paused_by: Option<OpId>,
    /// The latest.
    pub score: Vec<ProducerScore>,
    pub source: Source,
    /// Whether somebody who keeps order has muted it: its owner cannot resume it.
    pub muted: bool,
    /// The highest spatial layer that it has.
    pub top_layer: u8,
    pub demand: Demand,
}

#[derive(Debug)]
pub(super) struct Consumer {
    pub transport: TransportId,
    pub producer: ProducerId,
    pub kind: MediaKind,
    /// The latest, as its worker sees it.
    pub score: Option<ConsumerScore>,
    /// Those it gets now.
    pub layers: Option<ConsumerLayers>,
    /// Whether its owner wants nothing of it just now; it begins so.
    pub paused: bool,
    /// The request that set `paused` last, as with producers.
    pub paused_by: Option<OpId>,
    /// The highest spatial layer that its owner wants, and the request that said so last; none: all there is.
    pub preferred: Option<(OpId, u8)>,
}

#[derive(Debug)]
pub(super) struct DataProducer {
    pub transport: TransportId,
    pub label: ChannelName,
    pub protocol: ChannelName,
    pub app_data: AppData,
}

#[derive(Debug)]
pub(super) struct DataConsumer {
    pub transport: TransportId,
    pub producer: DataProducerId,
}

/// Things asked of the worker and not there yet: they count against the limits as if they were.
#[derive(Debug, Default)]
pub(super) struct Reserved {
    pub transports: usize,
    pub audio_producers: usize,
    pub video_producers: usize,
    pub consumers: usize,
    pub data_producers: usize,
    pub data_consumers: usize,
}

impl Reserved {
    pub fn producers(&mut self, kind: MediaKind) -> &mut usize {
        match kind {
            MediaKind::Audio => &mut self.audio_producers,
            MediaKind::Video => &mut self.video_producers,
        }
    }

    pub fn consumers_of(&mut self, producer: AnyProducer) -> &mut usize {
        match producer {
            AnyProducer::Track(_) => &mut self.consumers,
            AnyProducer::Data(_) => &mut self.data_consumers,
        }
    }
}

#[derive(Debug)]
pub(super) struct Peer {
    pub id: PeerId,
    /// None while its socket is gone and it may come back.
    pub session: Option<SessionId>,
    /// Since when its socket is gone.
    pub gone_since: Option<Instant>,
    pub token: ResumeToken,
    /// Whether its media was lost and it has not been told: what it asks until then is about what is no more.
    pub reset: bool,
    /// When it last asked for something.
    pub heard: Instant,
    pub user_id: UserId,
    pub display_name: Option<DisplayName>,
    /// Who it is and what it may do: its role changes here, never in what others know of the caller.
    pub caller: Arc<Caller>,
    /// What its latest socket came with, which may be another token.
    pub shown: Arc<Caller>,
    /// Counts up with every join: lists show peers in the order in which they came.
    pub joined: u64,
    pub transports: BTreeMap<TransportId, Transport>,
    pub producers: BTreeMap<ProducerId, Producer>,
    pub consumers: BTreeMap<ConsumerId, Consumer>,
    pub data_producers: BTreeMap<DataProducerId, DataProducer>,
    pub data_consumers: BTreeMap<DataConsumerId, DataConsumer>,
    /// Producers of others that it asked for and has no codec for, until it asks with other capabilities or they close.
    pub cannot_consume: BTreeSet<ProducerId>,
    /// How well media gets through.
    pub health: Health,
    /// Since when it is here.
    pub since: Instant,
    pub reserved: Reserved,
    /// Of its messages.
    pub messages: Meter,
    pub mutes: Mutes,
}

impl Peer {
    pub fn new(
        fresh: Fresh,
        session: SessionId,
        user_id: UserId,
        display_name: Option<DisplayName>,
        caller: Arc<Caller>,
        joined: u64,
        now: Instant,
    ) -> Self {
        Self {
            id: fresh.peer,
            session: Some(session),
            gone_since: None,
            token: fresh.token,
            reset: false,
            heard: now,
            user_id,
            display_name,
            shown: Arc::clone(&caller),
            caller,
            joined,
            transports: BTreeMap::new(),
            producers: BTreeMap::new(),
            consumers: BTreeMap::new(),
            data_producers: BTreeMap::new(),
            data_consumers: BTreeMap::new(),
            cannot_consume: BTreeSet::new(),
            health: Health::default(),
            since: now,
            reserved: Reserved::default(),
            messages: Meter::default(),
            mutes: Mutes::default(),
        }
    }

    pub fn role(&self) -> Role {
        self.caller.role
    }

    pub fn info(&self) -> PeerInfo {
        PeerInfo {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            display_name: self.display_name.clone(),
            role: self.role(),
            reconnecting: self.session.is_none(),
            producers: self.producers.iter().map(|(id, producer)| producer.info(*id)).collect(),
            data_producers: self.data_producers.iter().map(|(id, producer)| producer.info(*id)).collect(),
            warnings: self.health.warnings(),
        }
    }

    pub fn tag(&self) -> PeerTag {
        PeerTag { peer_id: self.id, user_id: self.user_id.clone() }
    }

    /// What it has, but for whether the producers that it receives are paused.
    pub fn own(&self, paused: impl Fn(ProducerId) -> bool) -> OwnMedia {
        let producers = self.producers.iter();
        let consumers = self.consumers.iter();
        OwnMedia {
            transports: self.transports.keys().copied().collect(),
            producers: producers
                .map(|(id, producer)| OwnProducer { producer_id: *id, paused: producer.paused })
                .collect(),
            consumers: consumers
                .map(|(id, Consumer { producer, layers, .. })| OwnConsumer {
                    consumer_id: *id,
                    producer_id: *producer,
                    producer_paused: paused(*producer),
                    layers: *layers,
                })
                .collect(),
            data_producers: self.data_producers.keys().copied().collect(),
            muted: self.muted(),
            data_consumers: self
                .data_consumers
                .iter()
                .map(|(id, DataConsumer { producer, .. })| OwnDataConsumer {
                    data_consumer_id: *id,
                    data_producer_id: *producer,
                })
                .collect(),
            warnings: self.health.warnings(),
        }
    }

    /// The router on which a consumer stands.
    pub fn router_of(&self, consumer: impl Into<AnyConsumer>) -> Option<RouterId> {
        let transport = match consumer.into() {
            AnyConsumer::Track(id) => self.consumers.get(&id)?.transport,
            AnyConsumer::Data(id) => self.data_consumers.get(&id)?.transport,
        };
        Some(self.transports.get(&transport)?.router)
    }

    pub fn announcement(&self) -> PeerRef {
        PeerRef {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            display_name: self.display_name.clone(),
            role: self.role(),
        }
    }

    pub fn producer_summaries(&self) -> impl Iterator<Item = ProducerSummary> + '_ {
        self.producers.iter().map(|(id, producer)| ProducerSummary {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            producer: producer.info(*id),
        })
    }

    /// All that it receives over a transport.
    pub fn consumers_on(&self, transport: TransportId) -> Vec<AnyConsumer> {
        let tracks = self.consumers.iter().filter(|(_, consumer)| consumer.transport == transport);
        let data = self.data_consumers.iter().filter(|(_, consumer)| consumer.transport == transport);
        tracks.map(|(id, _)| (*id).into()).chain(data.map(|(id, _)| (*id).into())).collect()
    }

    /// Whether it receives something by that id.
    pub fn receives(&self, consumer: AnyConsumer) -> bool {
        match consumer {
            AnyConsumer::Track(id) => self.consumers.contains_key(&id),
            AnyConsumer::Data(id) => self.data_consumers.contains_key(&id),
        }
    }

    pub fn data_producer_refs(&self) -> impl Iterator<Item = DataProducerRef> + '_ {
        self.data_producers.iter().map(|(id, producer)| self.data_producer_ref(*id, producer))
    }

    pub fn data_producer_ref(&self, id: DataProducerId, producer: &DataProducer) -> DataProducerRef {
        DataProducerRef {
            data_producer_id: id,
            peer_id: self.id,
            user_id: self.user_id.clone(),
            label: producer.label.clone(),
            protocol: producer.protocol.clone(),
            app_data: producer.app_data.clone(),
            reason: None,
        }
    }

    pub fn producer_ref(&self, id: ProducerId, producer: &Producer) -> ProducerRef {
        ProducerRef {
            producer_id: id,
            peer_id: self.id,
            user_id: self.user_id.clone(),
            kind: producer.kind,
            app_data: producer.app_data.clone(),
            paused: producer.paused,
            reason: None,
        }
    }
}

impl Producer {
    fn info(&self, id: ProducerId) -> ProducerInfo {
        ProducerInfo { producer_id: id, kind: self.kind, paused: self.paused, app_data: self.app_data.clone() }
    }
}

impl DataProducer {
    fn info(&self, id: DataProducerId) -> DataProducerInfo {
        let Self { label, protocol, app_data, .. } = self;
        DataProducerInfo {
            data_producer_id: id,
            label: label.clone(),
            protocol: protocol.clone(),
            app_data: app_data.clone(),
        }
    }
}
