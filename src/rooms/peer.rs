//! A peer: what one participant has in a room.

use super::command::OpId;
use crate::ids::{ConsumerId, PeerId, ProducerId, SessionId, TransportId};
use crate::media::protocol::MediaKind;
use crate::protocol::{
    AppData, Direction, DisplayName, PeerInfo, PeerRef, ProducerInfo, ProducerRef, ProducerSummary, UserId,
};
use std::collections::BTreeMap;

/// What every peer may do so far.
const ROLE: &str = "participant";

/// How far a transport's DTLS parameters have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Connection {
    New,
    /// The worker is being told: a second `connectTransport` is refused meanwhile.
    Connecting,
    Connected,
}

#[derive(Debug)]
pub(super) struct Transport {
    pub direction: Direction,
    pub connection: Connection,
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
}

#[derive(Debug)]
pub(super) struct Consumer {
    pub transport: TransportId,
    pub producer: ProducerId,
}

/// Things asked of the worker and not there yet: they count against the limits as if they were.
#[derive(Debug, Default)]
pub(super) struct Reserved {
    pub transports: usize,
    pub producers: usize,
    pub consumers: usize,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub id: PeerId,
    pub session: SessionId,
    pub user_id: UserId,
    pub display_name: Option<DisplayName>,
    /// Counts up with every join: lists show peers in the order in which they came.
    pub joined: u64,
    pub transports: BTreeMap<TransportId, Transport>,
    pub producers: BTreeMap<ProducerId, Producer>,
    pub consumers: BTreeMap<ConsumerId, Consumer>,
    pub reserved: Reserved,
}

impl Peer {
    pub fn new(
        id: PeerId,
        session: SessionId,
        user_id: UserId,
        display_name: Option<DisplayName>,
        joined: u64,
    ) -> Self {
        Self {
            id,
            session,
            user_id,
            display_name,
            joined,
            transports: BTreeMap::new(),
            producers: BTreeMap::new(),
            consumers: BTreeMap::new(),
            reserved: Reserved::default(),
        }
    }

    pub fn info(&self) -> PeerInfo {
        PeerInfo {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            display_name: self.display_name.clone(),
            role: ROLE.to_owned(),
            producers: self.producers.iter().map(|(id, producer)| producer.info(*id)).collect(),
        }
    }

    pub fn announcement(&self) -> PeerRef {
        PeerRef {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            display_name: self.display_name.clone(),
            role: ROLE.to_owned(),
        }
    }

    pub fn producer_summaries(&self) -> impl Iterator<Item = ProducerSummary> + '_ {
        self.producers.iter().map(|(id, producer)| ProducerSummary {
            peer_id: self.id,
            user_id: self.user_id.clone(),
            producer: producer.info(*id),
        })
    }

    pub fn producer_ref(&self, id: ProducerId, producer: &Producer) -> ProducerRef {
        ProducerRef {
            producer_id: id,
            peer_id: self.id,
            user_id: self.user_id.clone(),
            kind: producer.kind,
            app_data: producer.app_data.clone(),
            paused: producer.paused,
        }
    }
}

impl Producer {
    fn info(&self, id: ProducerId) -> ProducerInfo {
        ProducerInfo { producer_id: id, kind: self.kind, paused: self.paused, app_data: self.app_data.clone() }
    }
}
