//! `GET /ready`: whether to send clients here. 503 while draining, or when a worker does not serve.

use super::HttpState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

pub(super) async fn ready(State(state): State<HttpState>) -> (StatusCode, Json<Value>) {
    let reports = state.pool.reports();
    let alive = reports.iter().filter(|worker| worker.alive).count();
    let workers = alive == reports.len();
    let draining = state.rooms.draining();
    let ready = workers && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "ready": ready,
        "checks": {
            "workers": { "ok": workers, "alive": alive, "configured": reports.len() },
            "draining": { "ok": !draining },
        },
    });
    (status, Json(body))
}
