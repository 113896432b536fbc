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
    /// Where they live.
    pub isolation: WorkerIsolation,
    /// Whether a worker gathers what it sends in one turn of its loop. Processes follow it; threads, which cannot be told,
    /// gather unless the server's environment says otherwise.
    pub batch_sends: bool,
    /// What the workers log.
    pub log_level: WorkerLogLevel,
    /// Milliseconds a worker may take for one answer before the request fails.
    pub request_deadline_ms: u64,
    /// Milliseconds between two heartbeats of a worker's process.
    pub heartbeat_interval_ms: u64,
    /// Heartbeats in a row without an answer after which the process is killed.
    pub heartbeat_misses: u32,
    /// Deaths in a row, each too soon, after which a worker is given up.
    pub max_failures: u32,
    /// Seconds after whose end a death is not too soon.
    pub min_uptime_s: u64,
}

/// Where workers live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkerIsolation {
    /// Each in a process of its own.
    Process,
    /// In threads of the server.
    Thread,
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

    /// [`Self::heartbeat_interval_ms`] as a duration.
    pub fn heartbeat_interval(&self) -> Duration {
        Duration::from_millis(self.heartbeat_interval_ms)
    }

    /// [`Self::min_uptime_s`] as a duration.
    pub fn min_uptime(&self) -> Duration {
        Duration::from_secs(self.min_uptime_s)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("count", 0, 256),
    Key::new("isolation", Kind::Choice(&["process", "thread"])),
    Key::new("batch_sends", Kind::Bool),
    Key::new("log_level", Kind::Choice(&["debug", "warn", "error", "none"])),
    Key::int("request_deadline_ms", 1, 600_000),
    Key::int("heartbeat_interval_ms", 10, 600_000),
    Key::int("heartbeat_misses", 1, 1_000),
    Key::int("max_failures", 1, 1_000_000),
    Key::int("min_uptime_s", 1, 3_600),
];
