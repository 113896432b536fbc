//! `[turn]`: TURN servers that share a secret with this one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address;
use super::schema::{Key, Kind};
use super::secret::Secret;

/// TURN servers for which every client gets credentials of its own that expire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnConfig {
    /// `turn:` and `turns:` URLs; empty: no such servers.
    pub urls: Vec<String>,
    /// What the servers and this one know; empty only without URLs.
    pub secret: Secret,
    /// Seconds that a credential holds.
    pub ttl_s: u64,
    /// How often one address may ask `GET /ice-servers`.
    pub requests_per_minute: u32,
}

impl TurnConfig {
    /// [`Self::ttl_s`] as a duration.
    pub fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl_s)
    }
}

const TURN_URL: Kind = Kind::Text {
    expected: "turn:host[:port][?transport=udp|tcp], or the same with turns:",
    check: |text| text.starts_with("turn") && address::is_ice_url(text),
};

pub(super) const KEYS: &[Key] = &[
    Key::new("urls", Kind::List { item: &TURN_URL, at_least: 0 }),
    Key::new("secret", Kind::Secret),
    Key::int("ttl_s", 60, 604_800),
    Key::int("requests_per_minute", 1, 1_000_000),
];
