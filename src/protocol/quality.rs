//! How well media gets through, as clients and operators are told.

use super::{Direction, UserId};
use crate::ids::PeerId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Packets don't arrive, whether they are repaired or not; a share from 0 to 1.
    PacketLoss,
    /// They arrive unevenly; in milliseconds.
    Jitter,
    /// The way there and back is long; in milliseconds.
    Rtt,
    /// The path carries too little for what is sent over it; what it carries, in bit/s.
    Bitrate,
    /// What arrives is bad by mediasoup's reckoning; from 0 to 10.
    Score,
}

impl Symptom {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::PacketLoss, Self::Jitter, Self::Rtt, Self::Bitrate, Self::Score];

    /// The name on the wire, for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PacketLoss => "packet_loss",
            Self::Jitter => "jitter",
            Self::Rtt => "rtt",
            Self::Bitrate => "bitrate",
            Self::Score => "score",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Some will notice.
    Low,
    /// All will notice.
    Medium,
    /// It is of little use.
    High,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The name on the wire, for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A warning that holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// Of what.
    pub r#type: Symptom,
    /// What was measured.
    pub value: f64,
    /// What it is held against.
    pub threshold: f64,
    /// How bad that is.
    pub severity: Severity,
    /// Which way, seen from the client.
    pub direction: Direction,
}

/// `qualityWarning`: of whom, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QualityWarning {
    /// Whose connection it is.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// What is wrong with it.
    #[serde(flatten)]
    pub warning: Warning,
}

/// `qualityRecovered`: of whom, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QualityRecovered {
    /// Whose connection it is.
    pub peer_id: PeerId,
    /// Who that is for the application.
    pub user_id: UserId,
    /// What was wrong with it.
    pub r#type: Symptom,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_metrics_is_the_name_on_the_wire() {
        for symptom in Symptom::ALL {
            assert_eq!(serde_json::to_string(&symptom).expect("encodes"), format!("\"{}\"", symptom.as_str()));
        }
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_string(&severity).expect("encodes"), format!("\"{}\"", severity.as_str()));
        }
    }
}
