//! How much there is in a room: what has to be zero in the end.

use super::State;

/// How many things a room has: all of it zero when everyone has left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Peers.
    pub peers: usize,
    /// Their transports.
    pub transports: usize,
    /// Their producers.
    pub producers: usize,
    /// Their consumers.
    pub consumers: usize,
    /// Their data producers.
    pub data_producers: usize,
    /// Their data consumers.
    pub data_consumers: usize,
}

impl State {
    /// What is in the room, counted anew.
    pub fn counts(&self) -> Counts {
        let peers = self.peers.values();
        peers.fold(Counts::default(), |counts, peer| Counts {
            peers: counts.peers + 1,
            transports: counts.transports + peer.transports.len(),
            producers: counts.producers + peer.producers.len(),
            consumers: counts.consumers + peer.consumers.len(),
            data_producers: counts.data_producers + peer.data_producers.len(),
            data_consumers: counts.data_consumers + peer.data_consumers.len(),
        })
    }
}
