//! What can go wrong with a server.

use crate::measure::ErrorCode;
use std::fmt;

/// Something was refused, or did not come about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct TargetError {
    /// The server's own code, or this program's word in small letters: it is counted by this.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
}

impl TargetError {
    /// With a code, and what there is to say about it.
    pub fn new(code: impl Into<ErrorCode>, message: impl fmt::Display) -> Self {
        Self { code: code.into(), message: message.to_string() }
    }

    /// The server did not answer in time.
    pub fn late(what: impl fmt::Display) -> Self {
        Self::new("no_answer", format!("no answer in time to {what}"))
    }

    /// The connection to the server has ended.
    pub fn lost(why: impl fmt::Display) -> Self {
        Self::new("connection_lost", why)
    }
}
