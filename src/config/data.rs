//! `[data]`: data channels.

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// Data channels and their limits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Whether transports carry them.
    pub enabled: bool,
    /// Bytes of one message.
    pub max_message_bytes: u32,
    /// Channels one peer may open to the others.
    pub max_producers_per_peer: usize,
    /// Channels of others one peer may receive.
    pub max_consumers_per_peer: usize,
}

impl DataConfig {
    /// Largest message, if there are data channels at all.
    pub fn message_bytes(&self) -> Option<u32> {
        self.enabled.then_some(self.max_message_bytes)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::new("enabled", Kind::Bool),
    Key::int("max_message_bytes", 1, 1_000_000),
    Key::int("max_producers_per_peer", 1, 1_000),
    Key::int("max_consumers_per_peer", 1, 100_000),
];
