//! `[rooms]`: how many, how large, and what one peer may hold.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Limits of rooms and of the peers in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomsConfig {
    /// Rooms open at once.
    pub max_rooms: usize,
    /// Peers in one room.
    pub max_peers: usize,
    /// Seconds that an empty room is kept.
    pub empty_close_s: u64,
    /// Commands that may wait in one room before further ones are refused.
    pub queue: usize,
    /// Transports of one peer, both directions.
    pub max_transports_per_peer: usize,
    /// Tracks one peer may send.
    pub max_producers_per_peer: usize,
    /// Tracks one peer may receive.
    pub max_consumers_per_peer: usize,
    /// Bytes of a producer's `appData` as JSON.
    pub max_app_data_bytes: usize,
}

impl RoomsConfig {
    /// [`Self::empty_close_s`] as a duration.
    pub fn empty_close(&self) -> Duration {
        Duration::from_secs(self.empty_close_s)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("max_rooms", 1, 1_000_000),
    Key::int("max_peers", 1, 10_000),
    Key::int("empty_close_s", 1, 86_400),
    Key::int("queue", 1, 1_000_000),
    Key::int("max_transports_per_peer", 1, 1_000),
    Key::int("max_producers_per_peer", 1, 1_000),
    Key::int("max_consumers_per_peer", 1, 100_000),
    Key::int("max_app_data_bytes", 2, 1_000_000),
];
