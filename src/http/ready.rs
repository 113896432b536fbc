//! `GET /ready`: whether to send clients here. 503 while draining, or when no worker
//! serves.

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
    let ready = workers && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": ready,
        "checks": {
            "workers": { "ok": workers, "alive": alive, "configured": reports.len(), "givenUp": given_up },
            "draining": { "ok": !draining },
        },
    });
    (status, Json(body))
}
