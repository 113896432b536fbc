//! `/admin`: what operators do to a running server. Behind [`super::guard`], and not for browsers: no CORS.

use super::guard::{self, AdminGuard};
use super::problem;
use crate::drain::{Drain, DrainStatus};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::{Json, middleware};
use serde::Serialize;
use std::sync::Arc;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

/// What `/admin` works with.
#[derive(Clone)]
pub struct Admin {
    /// Taking the server out of service.
    pub drain: Drain,
    /// Who may.
    pub guard: Arc<AdminGuard>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Drain)]
struct Report {
    draining: bool,
    /// When it shuts down at the latest; null while it does not drain.
    #[schema(format = DateTime)]
    deadline: Option<String>,
    /// That are still open.
    rooms: usize,
    /// In all of them.
    peers: usize,
}

problem::responses! {
    /// Who does not get in.
    Refused:
    401 "No token, or a wrong one",
    403 "`server.admin_token` is not set",
    429 "More wrong tokens than `server.admin_attempts_per_minute` allows",
}

pub(super) fn router(admin: Admin) -> OpenApiRouter {
    let no_store = HeaderValue::from_static("no-store");
    OpenApiRouter::new()
        .routes(routes!(show, start, cancel).map(|methods| methods.fallback(problem::no_such_method)))
        .route("/admin/{*path}", axum::routing::any(problem::no_such_path))
        .layer(middleware::from_fn_with_state(Arc::clone(&admin.guard), guard::guard))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, no_store))
        .with_state(admin.drain)
}

/// Whether the server drains
#[utoipa::path(get, path = "/admin/drain", tag = "operation", security(("adminToken" = [])),
    responses((status = 200, description = "How it stands", body = Report), Refused))]
async fn show(State(drain): State<Drain>) -> Json<Report> {
    let DrainStatus { deadline, rooms, peers } = drain.status();
    let text = deadline.map(|deadline| humantime::format_rfc3339_seconds(deadline).to_string());
    Json(Report { draining: deadline.is_some(), deadline: text, rooms, peers })
}

/// Take the server out of service
///
/// Rooms that are open go on; when the last one has ended, or at the deadline, the server shuts down. Begun already, it
/// goes on as it was.
#[utoipa::path(post, path = "/admin/drain", tag = "operation", security(("adminToken" = [])),
    responses((status = 200, description = "It drains", body = Report), Refused))]
async fn start(state: State<Drain>) -> Json<Report> {
    state.start();
    show(state).await
}

/// Call it off
#[utoipa::path(delete, path = "/admin/drain", tag = "operation", security(("adminToken" = [])),
    responses((status = 200, description = "It does not drain", body = Report), Refused))]
async fn cancel(state: State<Drain>) -> Json<Report> {
    state.cancel();
    show(state).await
}
