//! What a run found, as it is written down.

use super::Tally;
use crate::scenario::Scenario;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Of the program that made it.
    pub version: String,
    /// What was to happen.
    pub scenario: Scenario,
    /// Which kind of server was loaded: `colloquy`, `janus`, `socketio`.
    pub target: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How long it took, in seconds, from the first participant to the last one's end.
    pub seconds: f64,
    /// How long of that everybody was there, in seconds, and what was counted then alone.
    pub steady_seconds: f64,
    /// What happened while everybody was there.
    pub steady: Tally,
    /// All that happened.
    pub total: Tally,
    /// What happened second by second.
    pub series: Vec<Second>,
    /// What it ran on.
    pub machine: Machine,
    /// What was out of bounds, and what to make of it.
    pub findings: Vec<Finding>,
}

/// What a run is about at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Participants come in, one after another.
    #[default]
    Arriving,
    /// All are there.
    Steady,
    /// All leave.
    Leaving,
}

/// One second of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Second {
    /// Seconds since the beginning, at its end.
    pub at: f64,
    /// What the run was about in it.
    pub phase: Phase,
    /// Who took part at its end.
    pub participants: u64,
    /// What happened in it.
    pub tally: Tally,
    /// What the server did.
    pub server: Option<ServerLoad>,
    /// What this program did.
    pub own: OwnLoad,
    /// Cores of its machine that were in use, by whomever, where all of them are there for it.
    pub busy_cores: Option<f64>,
}

/// What the server took in a second, all of its processes together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerLoad {
    /// Cores in use: 1.5 is one and a half.
    pub cores: f64,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
    /// By worker, where the server tells.
    pub workers: Vec<WorkerLoad>,
}

impl ServerLoad {
    /// The worker of that number.
    pub fn worker(&self, id: u64) -> Option<&WorkerLoad> {
        self.workers.iter().find(|worker| worker.id == id)
    }
}

/// What a worker took in a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkerLoad {
    /// Its number.
    pub id: u64,
    /// Cores in use.
    pub cores: f64,
    /// Consumers on it.
    pub consumers: u64,
}

/// What this program took in a second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnLoad {
    /// Cores in use.
    pub cores: f64,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
    /// The worst delay of a timer, in milliseconds: how late packets were sent.
    pub worst_delay_ms: f64,
    /// Datagrams that the kernel dropped because this program read too slowly.
    pub dropped: u64,
}

/// What a run ran on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Machine {
    /// Cores that may be used.
    pub cores: u64,
    /// The processor's name.
    pub processor: String,
    /// The kernel's release.
    pub kernel: String,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

/// Something out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// This program could not keep up: the figures are its own limit, not the server's.
    OwnLimit {
        /// What shows it.
        why: String,
    },
    /// A limit of the scenario was passed: the run failed.
    Failed {
        /// Which, and by how much.
        why: String,
    },
}
