//! Socket.IO: protocol version 5, namespace `/`, by socketioxide.

mod frame;
mod handler;
mod shown;
mod wire;

use super::dispatch::{Hub, Refused};
use crate::auth::{Gate, Refusal};
use crate::limits::{ClientAddress, ClientIp, Visit};
use crate::protocol::ErrorCode;
use frame::Frame;
use handler::Handler;
use serde_json::value::RawValue;
use shown::Shown;
use socketioxide::extract::SocketRef;
use socketioxide::handler::ConnectHandler;
use socketioxide::layer::SocketIoLayer;
use socketioxide::{SocketIo, TransportType};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use wire::{SocketWire, WeakSocket};

/// How Socket.IO is served.
#[derive(Debug, Clone)]
pub struct SocketIoSettings {
    /// Largest message of a client, in bytes.
    pub max_payload_bytes: u64,
    /// Packets that may wait for one client.
    pub send_buffer: usize,
    /// How often a client is asked whether it is there.
    pub ping_interval: Duration,
    /// How long it may take to answer.
    pub ping_timeout: Duration,
    /// How long a connection may take to enter the namespace.
    pub connect_timeout: Duration,
}

/// What each connection reads into at a time, in bytes: most requests fit, and it is there as long as the connection.
const READ_BUFFER_BYTES: usize = 2048;

/// What `connect_error` says. Its message is all that socketioxide sends, so that begins with the code.
enum ConnectError {
    /// There is no place.
    Full(Refused),
    /// It is nobody who may come in.
    Denied(Refusal),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(Refused { limit, max }) => {
                write!(f, "{}: {limit} allows {max}: try again later", ErrorCode::LimitExceeded.as_str())
            }
            Self::Denied(refusal) => write!(f, "{}: {refusal}", refusal.code().as_str()),
        }
    }
}

/// The layer that serves `/socket.io`, and the handle to close it by.
pub fn layer(hub: Hub, gate: Gate, settings: &SocketIoSettings) -> (SocketIoLayer, SocketIo) {
    let max_payload = usize::try_from(settings.max_payload_bytes).unwrap_or(usize::MAX);
    let (layer, io) = SocketIo::builder()
        .max_payload(settings.max_payload_bytes)
        .ws_read_buffer_size(READ_BUFFER_BYTES)
        .ws_max_message_size(max_payload)
        .ws_max_frame_size(max_payload)
        .max_buffer_size(settings.send_buffer)
        .ping_interval(settings.ping_interval)
        .ping_timeout(settings.ping_timeout)
        .connect_timeout(settings.connect_timeout)
        .transports([TransportType::Polling, TransportType::Websocket])
        .build_layer();
    // All of it happens in the middleware, before the client hears that it is connected: socketioxide calls the connect
    // handler only afterwards, and would drop what the client sends in between, unanswered.
    let greeting = hub.clone();
    let enter = move |socket: SocketRef, weak: WeakSocket, shown: Shown| {
        let (hub, gate) = (hub.clone(), gate.clone());
        async move {
            let handshake = &socket.req_parts().extensions;
            if let Some(visit) = handshake.get::<Arc<Visit>>() {
                visit.entered();
            }
            let unknown = || ClientAddress::from(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
            let address = handshake.get().copied().unwrap_or_else(unknown);
            let ip = handshake.get::<ClientIp>().map(|client| client.0);
            // First: who is nobody takes no place.
            let caller = gate.caller(shown.credentials(), ip).await.map_err(ConnectError::Denied)?;
            let wire = Box::new(SocketWire::new(weak, &hub));
            let session = hub.connect(wire, address, Arc::new(caller)).map_err(ConnectError::Full)?;
            socket.on_fallback(Handler::new(hub.clone(), Arc::clone(&session)));
            socket.on_disconnect(move || async move { hub.disconnected(&session).await });
            Ok::<_, ConnectError>(())
        }
    };
    // Only now can it be told anything.
    let greet = move |socket: SocketRef| {
        if let Some(event) = greeting.greeting() {
            wire::emit(&socket, &event);
        }
        std::future::ready(())
    };
    io.ns("/", ConnectHandler::with(greet, enter));
    (layer, io)
}

/// Reads a frame as the server reads a client's, into the event's name and its payload: for the fuzz targets.
///
/// # Errors
/// It is none.
#[doc(hidden)]
pub fn read_frame(text: &str) -> serde_json::Result<(Cow<'_, str>, Option<&RawValue>)> {
    serde_json::from_str::<Frame<'_>>(text).map(|frame| (frame.event, frame.payload))
}
