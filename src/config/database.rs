//! `[database]`: where calls are kept.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};
use super::secret::Secret;

/// Where calls are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite://…` or `postgres://…`, which may hold a password; empty: a SQLite file in `data/`.
    pub url: Secret,
    /// Connections to the database at once.
    pub max_connections: u32,
    /// What may wait to be written.
    pub queue: usize,
    /// Seconds to try to reach the database at the start.
    pub connect_deadline_s: u64,
    /// Milliseconds that one request to the database may take.
    pub request_deadline_ms: u64,
}

impl DatabaseConfig {
    /// [`Self::connect_deadline_s`] as a duration.
    pub fn connect_deadline(&self) -> Duration {
        Duration::from_secs(self.connect_deadline_s)
    }

    /// [`Self::request_deadline_ms`] as a duration.
    pub fn request_deadline(&self) -> Duration {
        Duration::from_millis(self.request_deadline_ms)
    }

    /// Whether the URL is one of those that are understood.
    pub(super) fn url_fits(&self) -> bool {
        let url = self.url.expose();
        url.is_empty() || ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::new("url", Kind::Secret).variable("DATABASE_URL"),
    Key::int("max_connections", 1, 1000),
    Key::int("queue", 1, 1_000_000),
    Key::int("connect_deadline_s", 1, 3600),
    Key::int("request_deadline_ms", 100, 600_000),
];
