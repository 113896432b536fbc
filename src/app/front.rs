//! What the configuration says about who may connect, how often, and by which proxies.

use crate::config::{Config, ForwardedHeader};
use crate::http::{Acceptance, AdminGuard, Handshakes};
use crate::limits::{self, OnLimit, Places, Proxies, Rate};
use crate::signaling::HubSettings;
use crate::signaling::socketio::SocketIoSettings;
use std::sync::Arc;

/// HTTP connections beside those of sockets that poll: probes must get through when the sockets are at their limit.
const HTTP_RESERVE: usize = 1024;
/// The same for one address: who is refused still hears so.
const ADDRESS_RESERVE: usize = 64;
/// TCP connections of one socket at most: one that polls has one open to hear and another to speak.
const TCP_PER_SOCKET: usize = 2;

pub(super) fn hub_settings(config: &Config) -> HubSettings {
    let (server, signaling) = (&config.server, &config.signaling);
    HubSettings {
        max_in_flight: signaling.max_in_flight,
        max_connections: server.max_connections,
        max_connections_per_address: server.max_connections_per_address,
        requests: Rate::per_second(signaling.requests_per_second, signaling.request_burst),
        address_requests: Rate::per_second(signaling.address_requests_per_second, signaling.address_request_burst),
        join_timeout: signaling.join_timeout(),
    }
}

pub(super) fn proxies(config: &Config) -> Proxies {
    let header = match config.server.forwarded_header {
        ForwardedHeader::XForwardedFor => limits::ForwardedHeader::XForwardedFor,
        ForwardedHeader::Forwarded => limits::ForwardedHeader::Forwarded,
    };
    Proxies::new(config.server.trusted_networks(), header)
}

pub(super) fn handshakes(config: &Config, on_limit: OnLimit) -> Handshakes {
    let server = &config.server;
    let per_address = server.max_connections_per_address.saturating_add(ADDRESS_RESERVE);
    Handshakes {
        places: Places::new(per_address, server.max_connections.saturating_add(HTTP_RESERVE)),
        connect_timeout: config.signaling.connect_timeout(),
        on_limit,
    }
}

pub(super) fn admin_guard(config: &Config, on_limit: OnLimit) -> AdminGuard {
    let server = &config.server;
    AdminGuard::new(server.admin_token.expose().to_owned(), server.admin_attempts_per_minute, on_limit)
}

pub(super) fn acceptance(config: &Config, proxies: Arc<Proxies>, on_limit: OnLimit) -> Acceptance {
    let server = &config.server;
    let per_address = server.max_connections_per_address.saturating_mul(TCP_PER_SOCKET).saturating_add(ADDRESS_RESERVE);
    Acceptance {
        max_connections: server.max_connections.saturating_add(HTTP_RESERVE),
        places: Places::new(per_address, usize::MAX),
        max_message_bytes: config.signaling.max_payload_bytes,
        proxies,
        on_limit,
    }
}

pub(super) fn socketio_settings(config: &Config) -> SocketIoSettings {
    let signaling = &config.signaling;
    SocketIoSettings {
        max_payload_bytes: signaling.max_payload_bytes,
        send_buffer: signaling.send_buffer,
        ping_interval: signaling.ping_interval(),
        ping_timeout: signaling.ping_timeout(),
        connect_timeout: signaling.connect_timeout(),
    }
}
