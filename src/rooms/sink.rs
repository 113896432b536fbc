//! The two ways out of a room: answers to requests, and events to sessions. An adapter gives both; the room only calls
//! them, from its own task, so they keep their order, and neither may block.

use super::RoomError;
use crate::protocol::{Event, Reply};
use serde_json::value::RawValue;
use std::sync::OnceLock;

/// An event on its way to any number of sessions, made into bytes once.
#[derive(Debug)]
pub struct SharedEvent {
    event: Event,
    data: OnceLock<Box<RawValue>>,
}

impl SharedEvent {
    /// An event not yet encoded.
    pub fn new(event: Event) -> Self {
        Self { event, data: OnceLock::new() }
    }

    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        self.event.name()
    }

    /// The event itself.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The payload as JSON text.
    pub fn data(&self) -> &RawValue {
        self.data.get_or_init(|| {
            self.event.to_data().unwrap_or_else(|error| {
                tracing::error!(event = self.name(), %error, "an event could not be encoded");
                Box::default()
            })
        })
    }
}

/// Where a session's events go.
pub trait EventSink: Send + Sync {
    /// Sends an event. Must not block: a session that can't take it is the sink's to end.
    fn deliver(&self, event: &SharedEvent);

    /// The session is not a member of the room (any more): nothing more comes from it.
    fn released(&self);
}

/// The place where one answer goes, exactly once: dropped unanswered, it answers that the room failed.
pub struct Responder(Option<Respond>);

type Respond = Box<dyn FnOnce(Result<Reply, RoomError>) + Send>;

impl Responder {
    /// Calls `answer` with the answer.
    pub fn new(answer: impl FnOnce(Result<Reply, RoomError>) + Send + 'static) -> Self {
        Self(Some(Box::new(answer)))
    }

    /// Answers.
    pub fn answer(mut self, answer: Result<Reply, RoomError>) {
        if let Some(respond) = self.0.take() {
            respond(answer);
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if let Some(respond) = self.0.take() {
            respond(Err(RoomError::Fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_dropped_responder_still_answers() {
        let (sender, answers) = mpsc::channel();
        drop(Responder::new(move |answer| drop(sender.send(answer))));
        assert!(matches!(answers.try_recv(), Ok(Err(RoomError::Fault))));
        assert!(answers.try_recv().is_err());
    }
}
