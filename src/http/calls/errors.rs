//! What goes wrong in the database or in a room, as problem details.

use super::super::body::invalid;
use super::super::problem::{self, Problem};
use super::names::no_such_call;
use crate::calls::StoreError;
use crate::protocol::ErrorCode;
use crate::rooms::RoomError;
use axum::http::StatusCode;
use std::time::Duration;

/// When to ask again what the database could not answer.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => no_such_call(),
            StoreError::Conflict => {
                Self::new(StatusCode::CONFLICT, ErrorCode::CallExists, "such a call goes on already")
            }
            StoreError::Changed => {
                let detail = "If-Match: the call has changed since it was read";
                Self::new(StatusCode::PRECONDITION_FAILED, ErrorCode::PreconditionFailed, detail)
            }
            StoreError::Invalid(detail) => invalid(detail),
            StoreError::Unavailable => {
                let detail = "the database does not answer just now";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, detail).retry_after(RETRY_AFTER)
            }
            StoreError::Fault => problem::fault(&error),
        }
    }
}

impl From<RoomError> for Problem {
    fn from(error: RoomError) -> Self {
        let code = error.code();
        match status(code) {
            StatusCode::INTERNAL_SERVER_ERROR => problem::fault(&error),
            status => Self::new(status, code, error.to_string()),
        }
    }
}

/// The status that goes with a code of signaling.
fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::RoomLocked | ErrorCode::Banned => StatusCode::FORBIDDEN,
        ErrorCode::RoomNotFound
        | ErrorCode::CallNotFound
        | ErrorCode::PeerNotFound
        | ErrorCode::TransportNotFound
        | ErrorCode::ProducerNotFound
        | ErrorCode::ConsumerNotFound => StatusCode::NOT_FOUND,
        ErrorCode::RoomFull
        | ErrorCode::RoomClosed
        | ErrorCode::NotJoined
        | ErrorCode::AlreadyJoined
        | ErrorCode::TransportAlreadyConnected
        | ErrorCode::CannotConsume
        | ErrorCode::ResumeRefused
        | ErrorCode::CallExists
        | ErrorCode::CallEnded => StatusCode::CONFLICT,
        ErrorCode::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorCode::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::Unsupported => StatusCode::NOT_IMPLEMENTED,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::LimitExceeded | ErrorCode::RoomBusy | ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
