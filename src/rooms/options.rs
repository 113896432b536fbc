//! Who may make rooms, and what a call brings along that was made before anybody came.

use serde::{Deserialize, Serialize};

/// Who may make rooms by `createRoom`; who finds one that is there needs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// Everybody.
    Anyone,
    /// Who has the permission `createRoom`.
    Permitted,
    /// Who has it by a token; all others only for calls that were booked.
    Booked,
}

/// What holds for one room instead of what holds for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomOptions {
    /// Peers at most; none: as many as every room takes, which is the most in any case.
    pub max_peers: Option<usize>,
    /// Whether only those may enter who may open it.
    pub locked: bool,
}
