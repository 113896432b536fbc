//! `GET /ice-servers`: what to find a path through, for clients that join by other means than signaling, and for those
//! that stay longer than their credentials hold.

use super::HttpState;
use super::access::Access;
use super::openapi::Denied;
use super::problem::Problem;
use crate::ice::IceServers;
use crate::limits::{ClientAddress, Limit, OnLimit, Paces, Rate};
use crate::protocol::{ErrorCode, IceServer};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use uuid::Uuid;

/// Between two looks at which addresses can be forgotten.
const WATCH: Duration = Duration::from_secs(10);

/// What the endpoint gives, and how often.
pub struct IceDesk {
    servers: IceServers,
    paces: Paces,
    on_limit: OnLimit,
}

#[derive(Serialize, ToSchema)]
#[schema(as = IceServersAnswer)]
struct Body {
    data: Data,
}

#[derive(Serialize, ToSchema)]
#[schema(as = IceServers)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[schema(value_type = Vec<IceServer>)]
    ice_servers: Arc<[IceServer]>,
    /// None: what is told holds for good.
    ttl_seconds: Option<u64>,
}

impl IceDesk {
    /// Each address may ask so many times a minute.
    pub fn new(servers: IceServers, requests_per_minute: u32, on_limit: OnLimit) -> Self {
        Self { servers, paces: Paces::new(Rate::per_minute(requests_per_minute)), on_limit }
    }

    /// Forgets who has not asked for long.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut looks = tokio::time::interval(WATCH);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            self.paces.forget();
        }
    }

    fn answer(&self, address: ClientAddress) -> Result<Json<Body>, Problem> {
        self.paces.step(address).map_err(|wait| {
            (self.on_limit)(Limit::IceServers);
            let detail = format!("more requests from this address than {} allows", Limit::IceServers);
            Problem::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, detail).retry_after(wait)
        })?;
        // Who asks is not known; a name of its own keeps what one does from counting as another's.
        let ice_servers = self.servers.of(&Uuid::new_v4().to_string(), SystemTime::now());
        let ttl_seconds = self.servers.ttl().map(|ttl| ttl.as_secs());
        Ok(Json(Body { data: Data { ice_servers, ttl_seconds } }))
    }
}

/// STUN and TURN servers, as `RTCPeerConnection` takes them
#[utoipa::path(get, path = "/ice-servers", tag = "media", security((), ("token" = []), ("apiKey" = [])), responses(
    (status = 200, description = "Credentials of one's own, for `ttlSeconds`", body = Body),
    (status = 429, description = "More often than `turn.requests_per_minute` allows", body = Problem,
        content_type = "application/problem+json"),
    Denied,
))]
pub(super) async fn ice_servers(
    State(state): State<HttpState>,
    _: Access,
    Extension(address): Extension<ClientAddress>,
) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], state.ice_desk.answer(address)).into_response()
}
