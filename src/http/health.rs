//! `GET /health`: the process is alive.

use super::HttpState;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use std::time::SystemTime;

pub(super) async fn health(State(state): State<HttpState>) -> Json<Value> {
    Json(json!({
        "status": "healthy",
        "timestamp": humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        "service": "webrtc",
        "version": env!("CARGO_PKG_VERSION"),
        "uptimeSeconds": state.started.elapsed().as_secs(),
    }))
}
