//! What a call brings along that was made before anybody came.

use serde::{Deserialize, Serialize};

/// What holds for one room instead of what holds for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomOptions {
    /// Peers at most; none: as many as every room takes, which is the most in any case.
    pub max_peers: Option<usize>,
    /// Whether only those may enter who may open it.
    pub locked: bool,
}
