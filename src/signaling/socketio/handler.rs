//! Every event of a socket goes through one handler, called by socketioxide in the order of arrival. It is given the
//! raw frame: a payload that doesn't parse is answered like any other, where an extractor would leave the client
//! without an answer. Nothing is spawned for a request.

use super::frame::{Ack, Frame};
use super::wire;
use crate::protocol::{Answer, ErrorBody, ErrorCode, Event};
use crate::rooms::SharedEvent;
use crate::signaling::dispatch::Hub;
use crate::signaling::session::{Ending, Session};
use serde_json::value::RawValue;
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, MessageHandler, Value};
use socketioxide::socket::Socket;
use std::sync::Arc;

/// Tells this handler from socketioxide's own implementations for closures.
pub(super) struct RawFrames;

/// Longest event name that is told back to a client.
const MAX_EVENT_CHARS: usize = 64;

pub(super) struct Handler {
    hub: Hub,
    session: Arc<Session>,
}

impl Handler {
    pub fn new(hub: Hub, session: Arc<Session>) -> Self {
        Self { hub, session }
    }
}

impl Drop for Handler {
    /// The socket is gone. One that was lost while it connected has no other end: its disconnect handler is not called.
    fn drop(&mut self) {
        self.hub.dropped(&self.session);
    }
}

impl MessageHandler<LocalAdapter, RawFrames> for Handler {
    fn call(&self, socket: Arc<Socket>, mut value: Value, ack_id: Option<i64>) {
        // What a client still says that is being thrown out costs nothing more.
        if self.session.ending() {
            return;
        }
        let Ok(ack) = AckSender::from_message_parts(&socket, &mut value, &ack_id);
        await_connected(&socket);
        let has_callback = ack_id.is_some();
        let (text, binary) = match &value {
            Value::Str(text, binary) => (text.as_str(), binary.as_ref().is_some_and(|parts| !parts.is_empty())),
            Value::Bytes(_) => ("", true),
        };
        let frame = serde_json::from_str::<Frame<'_>>(text);
        let event = frame.as_ref().map_or("", |frame| &*frame.event);
        let payload = match &frame {
            _ if binary => Err(invalid("the payload: binary data is not accepted")),
            Ok(frame) => Ok(frame.payload.unwrap_or(RawValue::NULL)),
            Err(_) => Err(invalid("the payload: not JSON")),
        };
        // Only a failure without a callback has to name its event.
        let name = (!has_callback).then(|| event.chars().take(MAX_EVENT_CHARS).collect::<String>());
        let session = Arc::clone(&self.session);
        let respond = move |answer: Answer| match (name, answer) {
            (None, answer) => {
                if ack.send(&Ack::from(answer)).is_err_and(wire::is_full) {
                    session.close(Ending::Slow);
                }
            }
            (Some(event), Err(ErrorBody { code, message, retry_after_ms })) => {
                session.emit(&SharedEvent::new(Event::RequestError { event, code, message, retry_after_ms }));
            }
            (Some(_), Ok(_)) => {}
        };
        self.hub.request(&self.session, event, payload, respond);
    }
}

/// The instant between the connect packet and the socket's own mark of being connected: events to it would be lost.
/// A socket that is closing never gets the mark, hence the bound.
fn await_connected(socket: &Socket) {
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        if socket.connected() {
            return;
        }
        std::thread::yield_now();
    }
}

fn invalid(message: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidRequest, message)
}
