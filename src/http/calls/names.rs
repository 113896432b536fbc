//! What stands in the paths of requests.

use super::super::problem::Problem;
use crate::ids::PeerId;
use crate::protocol::ErrorCode;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use uuid::Uuid;

/// Of a call, and of somebody in it where the path has that too. What cannot be a name is that of nothing.
#[derive(Debug, Deserialize)]
pub(super) struct Names {
    /// Of a call: its own id, or the `callId` that clients join by.
    pub id: String,
    /// Nobody's, where the path has none.
    #[serde(rename = "participantId", default = "nobody")]
    pub peer: PeerId,
}

fn nobody() -> PeerId {
    Uuid::nil().into()
}

impl<S: Send + Sync> FromRequestParts<S> for Names {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let names: Result<Path<Self>, PathRejection> = Path::from_request_parts(parts, state).await;
        names.map(|Path(names)| names).map_err(|_| no_such_call())
    }
}

pub(super) fn no_such_call() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::CallNotFound, "there is no such call")
}
