//! `GET /health`: the process is alive.

use super::HttpState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::time::SystemTime;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    #[schema(example = "healthy")]
    status: &'static str,
    /// Now, by the server's clock (RFC 3339).
    #[schema(format = DateTime)]
    timestamp: String,
    #[schema(example = "webrtc")]
    service: &'static str,
    /// Of the server.
    #[schema(example = "0.1.0")]
    version: &'static str,
    uptime_seconds: u64,
}

/// Whether the process is alive
#[utoipa::path(get, path = "/health", tag = "probes", responses((status = 200, description = "It is", body = Health)))]
pub(super) async fn health(State(state): State<HttpState>) -> Json<Health> {
    Json(Health {
        status: "healthy",
        timestamp: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        service: "webrtc",
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: state.started.elapsed().as_secs(),
    })
}
