//! `[workers]`: the pool of mediasoup workers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// The pool of mediasoup workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkersConfig {
    /// 0 is one per core; ask [`WorkersConfig::effective_count`].
    pub count: usize,
    /// What the workers log.
    pub log_level: WorkerLogLevel,
    /// Milliseconds a worker may take for one answer before the request fails.
    pub request_deadline_ms: u64,
}

/// The log levels that mediasoup's worker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are mediasoup's own")]
pub enum WorkerLogLevel {
    Debug,
    Warn,
    Error,
    None,
}

impl WorkersConfig {
    /// How many workers to start on this machine.
    pub fn effective_count(&self) -> usize {
        self.count_on(num_cpus::get())
    }

    pub(super) fn count_on(&self, cores: usize) -> usize {
        if self.count == 0 { cores.max(1) } else { self.count }
    }

    /// [`Self::request_deadline_ms`] as a duration.
    pub fn request_deadline(&self) -> Duration {
        Duration::from_millis(self.request_deadline_ms)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("count", 0, 256),
    Key::new("log_level", Kind::Choice(&["debug", "warn", "error", "none"])),
    Key::int("request_deadline_ms", 1, 600_000),
];
