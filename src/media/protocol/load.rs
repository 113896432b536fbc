//! How much lives in a worker.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many objects of clients live in a worker; pipes between routers don't count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkerLoad {
    /// Routers.
    pub routers: u32,
    /// WebRTC transports.
    pub transports: u32,
    /// Producers.
    pub producers: u32,
    /// Consumers.
    pub consumers: u32,
    /// Data producers.
    pub data_producers: u32,
    /// Data consumers.
    pub data_consumers: u32,
}

impl WorkerLoad {
    /// How busy the worker is, for placing the next room: consumers cost the most (each packet is encrypted and sent
    /// for each), a producer's packets are decrypted once, data channels are quiet most of the time, the rest is
    /// bookkeeping.
    pub fn weight(self) -> u64 {
        let data = u64::from(self.data_consumers) + u64::from(self.data_producers);
        let rest = u64::from(self.transports) + u64::from(self.routers);
        10 * u64::from(self.consumers) + 5 * u64::from(self.producers) + data + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_weigh_more_than_what_carries_them() {
        let consumers = WorkerLoad { consumers: 2, ..WorkerLoad::default() };
        let transports = WorkerLoad { transports: 4, producers: 2, routers: 1, ..WorkerLoad::default() };
        assert!(consumers.weight() > transports.weight());
    }
}
