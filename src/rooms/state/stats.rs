//! Statistics of what a peer has: of its own transports, producers and consumers only.

use super::requests::Step;
use super::{Asker, Op, State};
use crate::ids::{ConsumerId, ProducerId, TransportId};
use crate::media::protocol::{MediaError, MediaObject, MediaReply, MediaRequest};
use crate::protocol::{Reply, Stats};
use crate::rooms::RoomError;

impl State {
    pub(super) fn transport_stats(&mut self, asker: Asker, id: TransportId) -> Step {
        let transport = self.peer(asker.peer)?.transports.get(&id).ok_or(RoomError::TransportNotFound)?;
        let router = transport.router;
        self.run(Some(asker), router, Op::Stats, MediaRequest::Stats(MediaObject::Transport(id)));
        Ok(None)
    }

    pub(super) fn producer_stats(&mut self, asker: Asker, id: ProducerId) -> Step {
        let router = self.own_producer(asker.peer, id)?;
        self.run(Some(asker), router, Op::Stats, MediaRequest::Stats(MediaObject::Producer(id)));
        Ok(None)
    }

    pub(super) fn consumer_stats(&mut self, asker: Asker, id: ConsumerId) -> Step {
        let router = self.peer(asker.peer)?.router_of(id).ok_or(RoomError::ConsumerNotFound)?;
        self.run(Some(asker), router, Op::Stats, MediaRequest::Stats(MediaObject::Consumer(id)));
        Ok(None)
    }
}

pub(super) fn stats_told(result: Result<MediaReply, MediaError>) -> Result<Reply, RoomError> {
    let MediaReply::Stats { json } = result? else { return Err(RoomError::Fault) };
    let stats = serde_json::from_str(&json).map_err(|_| RoomError::Fault)?;
    Ok(Reply::Stats(Stats { stats }))
}
