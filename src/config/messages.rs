//! `[messages]`: what peers may say to each other over the signaling.

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Limits of messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesConfig {
    /// Messages of one peer within a second, on average.
    pub per_second: u32,
    /// Messages of one peer at once after a pause.
    pub burst: u32,
    /// Bytes of a message's `data` as JSON.
    pub max_bytes: usize,
    /// Messages that a room keeps for who comes later; 0: none.
    pub kept: usize,
}

pub(super) const KEYS: &[Key] = &[
    Key::int("per_second", 1, 1_000_000),
    Key::int("burst", 1, 1_000_000),
    Key::int("max_bytes", 1, 1_000_000),
    Key::int("kept", 0, 10_000),
];
