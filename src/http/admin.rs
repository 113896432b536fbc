//! `/admin`: what operators do to a running server. Behind [`super::guard`], and not for browsers: no CORS.

use super::guard::{self, AdminGuard};
use super::problem::Problem;
use crate::drain::{Drain, DrainStatus};
use crate::protocol::ErrorCode;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Serialize;
use std::sync::Arc;
use tower_http::set_header::SetResponseHeaderLayer;

/// What `/admin` works with.
#[derive(Clone)]
pub struct Admin {
    /// Taking the server out of service.
    pub drain: Drain,
    /// Who may.
    pub guard: Arc<AdminGuard>,
}

#[derive(Serialize)]
struct Report {
    draining: bool,
    deadline: Option<String>,
    rooms: usize,
    peers: usize,
}

pub(super) fn router(admin: Admin) -> Router {
    let no_store = HeaderValue::from_static("no-store");
    Router::new()
        .route("/admin/drain", get(show).post(start).delete(cancel).fallback(no_such_method))
        .route("/admin/{*path}", axum::routing::any(no_such_path))
        .layer(middleware::from_fn_with_state(Arc::clone(&admin.guard), guard::guard))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, no_store))
        .with_state(admin.drain)
}

async fn show(State(drain): State<Drain>) -> Json<Report> {
    let DrainStatus { deadline, rooms, peers } = drain.status();
    let text = deadline.map(|deadline| humantime::format_rfc3339_seconds(deadline).to_string());
    Json(Report { draining: deadline.is_some(), deadline: text, rooms, peers })
}

async fn start(state: State<Drain>) -> Json<Report> {
    state.start();
    show(state).await
}

async fn cancel(state: State<Drain>) -> Json<Report> {
    state.cancel();
    show(state).await
}

async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest, "GET, POST or DELETE")
}

async fn no_such_path() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, ErrorCode::Unsupported, "there is no such endpoint")
}
