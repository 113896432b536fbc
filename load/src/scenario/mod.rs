//! What is to happen: read from TOML, checked, and then not changed any more.

mod built_in;
mod check;
mod media;
mod read;

pub use built_in::{built_in, names, text};
pub use media::{Audio, Publish, Subscribe, Video, VideoCodec};
pub use read::{ScenarioError, Setting, read};

use serde::{Deserialize, Serialize};

/// A scenario. Times are in seconds unless their names say otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Scenario {
    /// What it is called, in reports.
    pub name: String,
    /// What participants do.
    #[serde(default)]
    pub kind: Kind,
    /// Rooms that there are.
    pub rooms: u32,
    /// Who publishes, in each room.
    #[serde(default)]
    pub publishers: u32,
    /// Who only receives, in each room.
    #[serde(default)]
    pub viewers: u32,
    /// Participants that come in a second.
    #[serde(default = "defaults::joins_per_second")]
    pub joins_per_second: f64,
    /// How long everybody stays once all are there.
    pub duration: f64,
    /// How long one stays before leaving and coming again, on average; nothing: until the end.
    #[serde(default)]
    pub stay: Option<f64>,
    /// Requests that each participant makes in a second (`kind = "signaling"`); nothing: the next when the last is
    /// answered.
    #[serde(default)]
    pub requests_per_second: Option<f64>,
    /// What is drawn by lot follows from it.
    #[serde(default)]
    pub seed: u64,
    /// What publishers send.
    #[serde(default)]
    pub publish: Publish,
    /// What everybody receives.
    #[serde(default)]
    pub subscribe: Subscribe,
    /// What makes it fail.
    #[serde(default)]
    pub limits: Limits,
}

/// What participants do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// They send and receive media.
    #[default]
    Media,
    /// They are in rooms and make small requests.
    Signaling,
    /// They are connected, authenticated where that is asked for, and say nothing.
    Idle,
}

/// What makes a run fail; what is not named does not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Limits {
    /// Share of packets lost, `0.0` to `1.0`.
    pub max_loss: Option<f64>,
    /// 99th percentile of latency, in milliseconds.
    pub max_latency_p99_ms: Option<f64>,
    /// 99th percentile of a whole join, in milliseconds.
    pub max_join_p99_ms: Option<f64>,
    /// Errors of any kind.
    pub max_errors: Option<u64>,
    /// Freezes.
    pub max_freezes: Option<u64>,
}

impl Scenario {
    /// How many take part.
    pub fn participants(&self) -> u64 {
        u64::from(self.rooms) * (u64::from(self.publishers) + u64::from(self.viewers))
    }
}

mod defaults {
    pub fn joins_per_second() -> f64 {
        20.0
    }
}
