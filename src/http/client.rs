//! Who a request comes from, and whether that address may open another Socket.IO connection.

use super::stream::Peer;
use crate::limits::{ClientAddress, ClientIp, Full, Limit, OnLimit, Places, Proxies, Visit};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

/// Adds the [`ClientAddress`] and the [`ClientIp`] to a request. A proxy's header is read here, before anything else looks at it.
pub(super) async fn identify(State(proxies): State<Arc<Proxies>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0);
    let values = request.headers().get_all(proxies.header().name()).into_iter();
    // What is not ASCII is no address, and hides what stands before it as any other nonsense does.
    let client = proxies.client(peer, values.map(|value| value.to_str().unwrap_or("?")));
    request.extensions_mut().insert(ClientAddress::from(client));
    request.extensions_mut().insert(ClientIp(client.to_canonical()));
    next.run(request).await
}

/// What Socket.IO handshakes are held against.
#[derive(Clone)]
pub struct Handshakes {
    /// Connections before and after they entered the namespace: beyond those that may enter, a few are let in to be
    /// told so by a `connect_error`.
    pub places: Places,
    /// How long a connection may take to enter.
    pub connect_timeout: Duration,
    /// Hears of what is refused.
    pub on_limit: OnLimit,
}

/// Counts new Socket.IO connections from their handshake on, and refuses those beyond what is left.
pub(super) async fn admit(State(handshakes): State<Handshakes>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/socket.io") {
        return next.run(request).await;
    }
    let has_session = |query: &str| query.split('&').any(|pair| pair.starts_with("sid="));
    if !request.uri().query().is_some_and(has_session)
        && let Some(address) = request.extensions().get::<ClientAddress>()
    {
        match handshakes.places.take(*address) {
            Ok(place) => {
                let visit = Visit::begin(place, handshakes.connect_timeout, Arc::clone(&handshakes.on_limit));
                request.extensions_mut().insert(Arc::new(visit));
            }
            Err(full) => {
                let (status, limit) = match full {
                    Full::Address => (StatusCode::TOO_MANY_REQUESTS, Limit::ConnectionsPerAddress),
                    Full::All => (StatusCode::SERVICE_UNAVAILABLE, Limit::Connections),
                };
                (handshakes.on_limit)(limit);
                return (status, format!("too many connections ({limit})")).into_response();
            }
        }
    }
    let response = next.run(request).await;
    // What a client that polls sends is one body.
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        (handshakes.on_limit)(Limit::Payload);
    }
    response
}
