//! `GET /ready`: whether to send clients here. 503 while draining, when no worker serves, or when what is to be
//! written into the database finds no place to wait any more.

use super::HttpState;
use crate::media::WorkerState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Whether to send clients here
///
/// Each check by its name: `ok`, and what it goes by.
#[utoipa::path(get, path = "/ready", tag = "probes", responses(
    (status = 200, description = "Yes", body = Object, example = json!({
        "ready": true,
        "checks": {
            "workers": { "ok": true, "alive": 2, "configured": 2, "givenUp": 0 },
            "draining": { "ok": true },
            "database": { "ok": true, "queued": 0, "dropped": 0 },
        },
    })),
    (status = 503, description = "No: the check that is not `ok` says why", body = Object),
))]
pub(super) async fn ready(State(state): State<HttpState>) -> (StatusCode, Json<Value>) {
    let reports = state.pool.reports();
    let count = |state| reports.iter().filter(|worker| worker.state == state).count();
    let (alive, given_up) = (count(WorkerState::Serving), count(WorkerState::GivenUp));
    let workers = alive > 0;
    let draining = state.rooms.draining();
    let database = state.journal.report();
    // Calls go on without it: what would be lost is the record of them.
    let room = database.queued < database.max_queued;
    let ready = workers && !draining && room;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": ready,
        "checks": {
            "workers": { "ok": workers, "alive": alive, "configured": reports.len(), "givenUp": given_up },
            "draining": { "ok": !draining },
            "database": { "ok": database.ok && room, "queued": database.queued, "dropped": database.dropped },
        },
    });
    (status, Json(body))
}
