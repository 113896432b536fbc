//! `[calls]`: how calls begin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// How calls begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallsConfig {
    /// Who may make rooms over signaling.
    pub creation: Creation,
    /// Calls that are booked and have not ended.
    pub max_bookings: usize,
    /// Seconds after which a booked call that nobody came to is ended.
    pub unused_timeout_s: u64,
}

impl CallsConfig {
    /// [`Self::unused_timeout_s`] as a duration.
    pub fn unused_timeout(&self) -> Duration {
        Duration::from_secs(self.unused_timeout_s)
    }
}

/// Who may make rooms over signaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is explained in config/default.toml")]
pub enum Creation {
    Anyone,
    Permitted,
    Booked,
}

pub(super) const KEYS: &[Key] = &[
    Key::new("creation", Kind::Choice(&["anyone", "permitted", "booked"])),
    Key::int("max_bookings", 1, 10_000_000),
    Key::int("unused_timeout_s", 1, 31_536_000),
];
