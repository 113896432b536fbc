//! The error codes of the contract, in one enum, and the body in which a client gets one.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Why a request failed. The names on the wire are stable; a client may branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// The payload is not what the event takes; the message names the field.
    InvalidRequest,
    /// No valid token where one is needed.
    Unauthenticated,
    /// Known, but not allowed to.
    Forbidden,
    /// The room is locked, and the caller is not among those who may enter nevertheless.
    RoomLocked,
    /// The user was put out of this call for good.
    Banned,
    /// There is no room of that `callId`; `createRoom` makes it.
    RoomNotFound,
    /// The room has as many peers as it may have.
    RoomFull,
    /// The room was closed while the request was under way.
    RoomClosed,
    /// More requests wait in the room than its queue holds; try again.
    RoomBusy,
    /// The socket has not joined that room.
    NotJoined,
    /// The socket is in a room already.
    AlreadyJoined,
    /// No such other peer in this room.
    PeerNotFound,
    /// No such transport of this peer.
    TransportNotFound,
    /// The transport was connected before.
    TransportAlreadyConnected,
    /// No such producer (or, where only the owner may act, none of this peer).
    ProducerNotFound,
    /// No such consumer of this peer.
    ConsumerNotFound,
    /// The peer's RTP capabilities, or the producer itself, don't allow it to be consumed.
    CannotConsume,
    /// There is no call of that id or `callId`.
    CallNotFound,
    /// There is such a call already, and it has not ended.
    CallExists,
    /// The call is over: nothing of it can be changed any more.
    CallEnded,
    /// Somebody changed it since it was read: its `ETag` is another one now.
    PreconditionFailed,
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused,
    /// The `resumeToken` belongs to no peer of this room and user (any more): join without it.
    ResumeRefused,
    /// The server doesn't have this event, codec or feature.
    Unsupported,
    /// A limit of the configuration is reached.
    LimitExceeded,
    /// Too many requests at once; try again.
    RateLimited,
    /// The server cannot serve this just now: no worker, shutting down, or a deadline passed.
    Unavailable,
    /// A fault of the server; the message has the request id that its log has too.
    Internal,
}

impl ErrorCode {
    /// The name on the wire, such as `ROOM_NOT_FOUND`: for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RoomLocked => "ROOM_LOCKED",
            Self::Banned => "BANNED",
            Self::RoomNotFound => "ROOM_NOT_FOUND",
            Self::RoomFull => "ROOM_FULL",
            Self::RoomClosed => "ROOM_CLOSED",
            Self::RoomBusy => "ROOM_BUSY",
            Self::NotJoined => "NOT_JOINED",
            Self::AlreadyJoined => "ALREADY_JOINED",
            Self::PeerNotFound => "PEER_NOT_FOUND",
            Self::TransportNotFound => "TRANSPORT_NOT_FOUND",
            Self::TransportAlreadyConnected => "TRANSPORT_ALREADY_CONNECTED",
            Self::ProducerNotFound => "PRODUCER_NOT_FOUND",
            Self::ConsumerNotFound => "CONSUMER_NOT_FOUND",
            Self::CannotConsume => "CANNOT_CONSUME",
            Self::CallNotFound => "CALL_NOT_FOUND",
            Self::CallExists => "CALL_EXISTS",
            Self::CallEnded => "CALL_ENDED",
            Self::PreconditionFailed => "PRECONDITION_FAILED",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::ResumeRefused => "RESUME_REFUSED",
            Self::Unsupported => "UNSUPPORTED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// `error` of a failed answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What kind of failure, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people; never an inner error's text.
    pub message: String,
    /// Milliseconds after which the same request may succeed, where that is known.
    #[serde(rename = "retryAfterMs", default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorBody {
    /// Puts the two together.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None }
    }

    /// The same request may succeed after that time.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        // A client that comes a part of a millisecond early would be refused again.
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
        self
    }
}

/// Why a request could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not an event that this server serves.
    #[error("this server has no event {0:?}")]
    UnknownEvent(String),
    /// A codec that mediasoup doesn't know.
    #[error("rtpParameters.codecs: {0:?} is not supported")]
    UnknownCodec(String),
    /// The payload is not what the event takes.
    #[error("{0}")]
    Invalid(String),
}

impl From<ParseError> for ErrorBody {
    fn from(error: ParseError) -> Self {
        let code = match error {
            ParseError::UnknownEvent(_) | ParseError::UnknownCodec(_) => ErrorCode::Unsupported,
            ParseError::Invalid(_) => ErrorCode::InvalidRequest,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_metrics_is_the_name_on_the_wire() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::RoomLocked,
            ErrorCode::Banned,
            ErrorCode::RoomBusy,
            ErrorCode::TransportAlreadyConnected,
        ] {
            let json = serde_json::to_string(&code).expect("serializes");
            assert_eq!(json, format!("\"{}\"", code.as_str()));
        }
    }
}
