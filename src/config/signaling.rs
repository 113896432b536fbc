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
    /// Seconds that a socket may be in no room; 0: as long as it likes.
    pub join_timeout_s: u64,
    /// Requests of one socket that may be unanswered at once.
    pub max_in_flight: usize,
    /// Requests of one socket within a second, on average.
    pub requests_per_second: u32,
    /// Requests of one socket at once after a pause.
    pub request_burst: u32,
    /// Requests of all sockets of one address within a second, on average.
    pub address_requests_per_second: u32,
    /// Requests of all sockets of one address at once after a pause.
    pub address_request_burst: u32,
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

    /// [`Self::join_timeout_s`] as a duration; none if there is no such limit.
    pub fn join_timeout(&self) -> Option<Duration> {
        (self.join_timeout_s > 0).then(|| Duration::from_secs(self.join_timeout_s))
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("max_payload_bytes", 10_000, 100_000_000),
    Key::int("send_buffer", 1, 100_000),
    Key::int("ping_interval_ms", 1, 600_000),
    Key::int("ping_timeout_ms", 1, 600_000),
    Key::int("connect_timeout_ms", 1, 600_000),
    Key::int("join_timeout_s", 0, 86_400),
    Key::int("max_in_flight", 1, 100_000),
    Key::int("requests_per_second", 1, 1_000_000),
    Key::int("request_burst", 1, 1_000_000),
    Key::int("address_requests_per_second", 1, 10_000_000),
    Key::int("address_request_burst", 1, 10_000_000),
];
