//! Every route of the server.

use super::client::{self, Handshakes};
use super::{
    Admin, IceDesk, Origins, admin, assets, compact, cors, health, ice_servers, metrics, ready, room_stats, stats,
};
use crate::auth::Gate;
use crate::limits::Proxies;
use crate::media::Pool;
use crate::rooms::RoomManager;
use crate::telemetry::metrics::Metrics;
use axum::Router;
use axum::extract::FromRef;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::routing::get;
use socketioxide::layer::SocketIoLayer;
use std::sync::Arc;
use std::time::Instant;
use tower_http::set_header::SetResponseHeaderLayer;

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
    /// Who may do what.
    pub gate: Gate,
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

/// The whole HTTP side: `/socket.io` is answered by the layer, all else here.
pub fn router(state: HttpState, admin: Admin, socketio: SocketIoLayer) -> Router {
    let HttpState { origins, proxies, handshakes, .. } = state.clone();
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(ready::ready))
        .route("/stats", get(stats::stats))
        .route("/stats/rooms/{callId}", get(room_stats::room_stats))
        .route("/metrics", get(metrics::metrics))
        .route("/ice-servers", get(ice_servers::ice_servers))
        .fallback(assets::asset)
        .with_state(state)
        .layer(socketio)
        .layer(middleware::from_fn_with_state(handshakes, client::admit))
        .layer(middleware::from_fn(compact::keep_little))
        .layer(middleware::from_fn_with_state(Arc::clone(&origins), cors::refuse_foreign_sockets))
        .layer(cors::layer(origins))
        .merge(admin::router(admin))
        .layer(middleware::from_fn_with_state(proxies, client::identify))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "no-referrer"))
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
