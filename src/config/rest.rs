//! `[rest]`: limits of the HTTP interface to calls.

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Limits of the HTTP interface to calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestConfig {
    /// Requests of one API key, or of one address without one, within a minute; also at once.
    pub requests_per_minute: u32,
    /// Bytes of a request's body.
    pub max_body_bytes: usize,
}

pub(super) const KEYS: &[Key] =
    &[Key::int("requests_per_minute", 1, 100_000_000), Key::int("max_body_bytes", 1_000, 10_000_000)];
