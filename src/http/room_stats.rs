//! `GET /stats/rooms/{callId}`: who is in a room, what they publish and receive, and how well that gets through.

use super::HttpState;
use super::access::Access;
use super::openapi::Denied;
use super::problem::Problem;
use crate::protocol::{CallId, ErrorCode, Permission};
use crate::rooms::{RoomError, RoomReport};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::time::Duration;

/// A room that takes longer has other things to do.
const DEADLINE: Duration = Duration::from_secs(2);

/// Who is in a room, and how well media gets through
#[utoipa::path(get, path = "/stats/rooms/{callId}", tag = "probes",
    params(("callId" = CallId, Path, description = "The call's name, as in `createRoom`")),
    security((), ("token" = []), ("apiKey" = [])),
    responses(
        (status = 200, description = "In the order in which they came", body = RoomReport),
        (status = 404, description = "No room of that name is open", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The room is too busy to answer", body = Problem, content_type = "application/problem+json"),
        Denied,
    ))]
pub(super) async fn room_stats(
    State(state): State<HttpState>,
    access: Access,
    call_id: Result<Path<String>, PathRejection>,
) -> Result<Json<RoomReport>, Problem> {
    // What cannot be the name of a room is that of none.
    let call_id = call_id.ok().and_then(|Path(call_id)| CallId::new(&call_id).ok());
    let not_found = || Problem::new(StatusCode::NOT_FOUND, ErrorCode::RoomNotFound, "there is no such room");
    let call_id = call_id.ok_or_else(not_found)?;
    if state.gate.is_required() {
        access.may(Permission::ViewCall, &call_id)?;
    }
    let room = state.rooms.find(&call_id);
    match tokio::time::timeout(DEADLINE, room.ok_or_else(not_found)?.report()).await {
        Ok(Ok(report)) => Ok(Json(report)),
        Ok(Err(RoomError::RoomClosed)) => Err(not_found()),
        Ok(Err(error)) => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), error.to_string())),
        Err(_) => {
            let detail = "the room did not answer in time";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, detail))
        }
    }
}
