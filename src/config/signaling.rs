//! `[signaling]`: limits and timing of one client's connection.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Limits and timing of one client's connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalingConfig {
    /// Bytes of one message from a client.
    pub max_payload_bytes: u64,
    /// Packets that may wait for a client before it is closed as too slow a reader.
    pub send_buffer: usize,
    /// Milliseconds between two pings.
    pub ping_interval_ms: u64,
    /// Milliseconds to answer a ping.
    pub ping_timeout_ms: u64,
    /// Milliseconds from the connection to the first valid packet.
    pub connect_timeout_ms: u64,
    /// Requests of one socket that may be unanswered at once.
    pub max_in_flight: usize,
}

impl SignalingConfig {
    /// [`Self::ping_interval_ms`] as a duration.
    pub fn ping_interval(&self) -> Duration {
        Duration::from_millis(self.ping_interval_ms)
    }

    /// [`Self::ping_timeout_ms`] as a duration.
    pub fn ping_timeout(&self) -> Duration {
        Duration::from_millis(self.ping_timeout_ms)
    }

    /// [`Self::connect_timeout_ms`] as a duration.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("max_payload_bytes", 10_000, 100_000_000),
    Key::int("send_buffer", 1, 100_000),
    Key::int("ping_interval_ms", 1, 600_000),
    Key::int("ping_timeout_ms", 1, 600_000),
    Key::int("connect_timeout_ms", 1, 600_000),
    Key::int("max_in_flight", 1, 100_000),
];
