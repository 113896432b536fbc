//! Every route of the server.

use super::client::{self, Handshakes};
use super::{
    Admin, BodyLimit, CallDesk, IceDesk, Origins, admin, assets, auth, calls, compact, cors, docs, headers, health,
    ice_servers, metrics, openapi, problem, ready, room_stats, stats,
};
use crate::auth::Gate;
use crate::calls::Journal;
use crate::limits::Proxies;
use crate::media::Pool;
use crate::rooms::RoomManager;
use crate::telemetry::metrics::Metrics;
use axum::Router;
use axum::extract::FromRef;
use axum::middleware;
use socketioxide::layer::SocketIoLayer;
use std::sync::Arc;
use std::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What the endpoints read.
#[derive(Clone)]
pub struct HttpState {
    /// Since when the server runs.
    pub started: Instant,
    /// The rooms.
    pub rooms: RoomManager,
    /// The workers.
    pub pool: Pool,
    /// The metrics.
    pub metrics: Metrics,
    /// What is written into the database.
    pub journal: Journal,
    /// Who may do what.
    pub gate: Gate,
    /// Answers for calls.
    pub calls: CallDesk,
    /// Who may call from a browser.
    pub origins: Arc<Origins>,
    /// Whose word counts about where a request comes from.
    pub proxies: Arc<Proxies>,
    /// What new connections are held against.
    pub handshakes: Handshakes,
    /// What is told over HTTP of STUN and TURN servers.
    pub ice_desk: Arc<IceDesk>,
}

impl FromRef<HttpState> for Gate {
    fn from_ref(state: &HttpState) -> Self {
        state.gate.clone()
    }
}

impl FromRef<HttpState> for CallDesk {
    fn from_ref(state: &HttpState) -> Self {
        state.calls.clone()
    }
}

impl FromRef<HttpState> for BodyLimit {
    fn from_ref(state: &HttpState) -> Self {
        Self::from_ref(&state.calls)
    }
}

/// The whole HTTP side: `/socket.io` is answered by the layer, all else here.
pub fn router(state: HttpState, admin: Admin, socketio: SocketIoLayer) -> Router {
    let HttpState { origins, proxies, handshakes, .. } = state.clone();
    let described = OpenApiRouter::with_openapi(openapi::description())
        .routes(routes!(health::health))
        .routes(routes!(ready::ready))
        .routes(routes!(stats::stats))
        .routes(routes!(room_stats::room_stats))
        .routes(routes!(metrics::metrics))
        .routes(routes!(ice_servers::ice_servers))
        .routes(routes!(auth::jwks::jwks));
    let calls = state.calls.clone();
    let described = described.nest("/calls", calls::router(calls.clone()));
    let (router, mut openapi) = described.split_for_parts();
    let (admin, admin_openapi) = admin::router(admin).split_for_parts();
    openapi.merge(admin_openapi);
    let (tokens, tokens_openapi) = auth::router(state.clone()).split_for_parts();
    openapi.merge(tokens_openapi);
    let router = router
        .route("/openapi.json", openapi::serve(&openapi))
        .merge(docs::router())
        .nest(calls::OTHER_NAME, calls::router(calls).into())
        .fallback(assets::asset)
        .method_not_allowed_fallback(problem::no_such_method)
        .with_state(state)
        .layer(socketio)
        .layer(middleware::from_fn_with_state(handshakes, client::admit))
        .layer(middleware::from_fn(compact::keep_little))
        .layer(middleware::from_fn_with_state(Arc::clone(&origins), cors::refuse_foreign_sockets))
        .layer(cors::layer(origins))
        .merge(admin)
        .merge(tokens)
        .layer(middleware::from_fn_with_state(proxies, client::identify));
    headers::secure(router)
}
