//! The way out to a Socket.IO client.

use crate::protocol::Event;
use crate::rooms::SharedEvent;
use crate::signaling::dispatch::Hub;
use crate::signaling::session::{Ending, Session, Wire};
use socketioxide::adapter::LocalAdapter;
use socketioxide::handler::{FromConnectParts, Value};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError};
use std::convert::Infallible;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often a full socket is tried to be closed: closing needs a place in its buffer.
const CLOSE_RETRY: Duration = Duration::from_millis(100);
/// How long; by then Engine.IO's own ping has found the buffer full as well, and ended the connection.
const CLOSE_TRIES: usize = 600;

/// A socket that is not kept alive by this.
pub(super) struct WeakSocket(Weak<Socket>);

impl FromConnectParts<LocalAdapter> for WeakSocket {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, _: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(Arc::downgrade(socket)))
    }
}

/// Holds its socket weakly: the socket's handlers hold the session, and the session this.
pub(super) struct SocketWire {
    socket: Weak<Socket>,
    hub: Hub,
}

impl SocketWire {
    pub fn new(socket: WeakSocket, hub: &Hub) -> Self {
        Self { socket: socket.0, hub: hub.clone() }
    }
}

impl Wire for SocketWire {
    fn emit(&self, event: &SharedEvent) -> bool {
        self.socket.upgrade().is_none_or(|socket| emit(&socket, event))
    }

    fn end(&self, session: Arc<Session>, why: Ending) {
        let Some(socket) = self.socket.upgrade() else { return };
        let limit = why.limit();
        let named = limit.map(|limit| limit.key()).unwrap_or_default();
        match why {
            Ending::Slow => tracing::warn!(
                session = %session.id,
                "session {} does not read what it is sent ({named} is full): closing its socket", session.id,
            ),
            Ending::Flooding => tracing::warn!(
                session = %session.id,
                "session {} keeps sending more requests than {named} allows: closing its socket", session.id,
            ),
            Ending::Idle => tracing::debug!(
                session = %session.id,
                "session {} joins no room within {named}: closing its socket", session.id,
            ),
            Ending::Revoked => tracing::info!(
                session = %session.id,
                "session {} came with a token that is revoked: closing its socket", session.id,
            ),
        }
        let hub = self.hub.clone();
        match why {
            Ending::Slow => hub.metrics().slow_readers.inc(),
            Ending::Flooding | Ending::Idle | Ending::Revoked => {}
        }
        if let Some(limit) = limit {
            hub.metrics().limit_refusal(limit);
        }
        if let Some(reason) = why.reason() {
            // Lost on a socket that is full.
            emit(&socket, &SharedEvent::new(Event::Kicked { reason, by: None }));
        }
        self.hub.tasks().spawn(async move {
            // Its room must not wait for the socket to close.
            hub.disconnected(&session).await;
            for _ in 0..CLOSE_TRIES {
                match Arc::clone(&socket).disconnect() {
                    Err(SocketError::InternalChannelFull) => tokio::time::sleep(CLOSE_RETRY).await,
                    Ok(()) | Err(SocketError::Closed) => return,
                }
            }
        });
    }
}

/// Puts an event into the socket's buffer; false if that is full. A closed socket takes everything.
pub(super) fn emit(socket: &Socket, event: &SharedEvent) -> bool {
    !socket.emit(event.name(), event.data()).is_err_and(is_full)
}

pub(super) fn is_full(error: SendError) -> bool {
    matches!(error, SendError::Socket(SocketError::InternalChannelFull))
}
