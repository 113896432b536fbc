//! `GET /ready`: whether to send clients here. 503 while draining, or when no worker
//! serves.

use super::HttpState;
use crate::media::WorkerState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

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
