//! One request from its arrival to its answer: what is measured and logged of it, and what a client may read of a
//! failure.

use super::dispatch::Hub;
use super::session::Session;
use crate::ids::RequestId;
use crate::protocol::{Answer, ErrorBody, ErrorCode, Reply};
use crate::rooms::RoomError;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Span, field};

/// Stands for every unknown event in metrics: their names are the client's invention.
const UNKNOWN_EVENT: &str = "unknown";

/// A request under way.
pub(super) struct Call {
    hub: Hub,
    session: Arc<Session>,
    respond: Box<dyn FnOnce(Answer) + Send>,
    event: &'static str,
    id: RequestId,
    span: Span,
    started: Instant,
}

impl Call {
    pub fn begin(hub: Hub, session: Arc<Session>, respond: Box<dyn FnOnce(Answer) + Send>) -> Self {
        let id = RequestId::random();
        let span = tracing::debug_span!(
            "request",
            request.id = %id,
            session = %session.id,
            event = field::Empty,
            room = field::Empty,
            peer = field::Empty,
        );
        session.begin();
        Self { hub, session, respond, event: UNKNOWN_EVENT, id, span, started: Instant::now() }
    }

    /// Whether the session has no more than that many requests under way, this one included.
    pub fn within(&self, max: usize) -> bool {
        self.session.in_flight() <= max
    }

    /// Names the event, once it is known to be one.
    pub fn is_for(&mut self, event: &'static str) {
        self.event = event;
        self.span.record("event", event);
    }

    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Answers with what a room said. What failed inside stays in the log; the client gets the request's id.
    pub fn answer(self, answer: Result<Reply, RoomError>) {
        if let Some(limit) = answer.as_ref().err().and_then(RoomError::limit) {
            self.hub.metrics().limit_refusal(limit);
        }
        let answer = answer.map_err(|error| match error.code() {
            ErrorCode::Internal => {
                tracing::error!(
                    request.id = %self.id, event = self.event, %error,
                    "request {} ({}) failed: {error}", self.id, self.event,
                );
                let message = format!("the server failed on this request; its log has it as {}", self.id);
                ErrorBody::new(ErrorCode::Internal, message)
            }
            code => {
                let body = ErrorBody::new(code, error.to_string());
                match error.retry_after() {
                    Some(wait) => body.retry_after(wait),
                    None => body,
                }
            }
        });
        self.end(answer);
    }

    /// Answers.
    pub fn end(self, answer: Answer) {
        let code = answer.as_ref().map_or_else(|error| error.code.as_str(), |_| "OK");
        let duration = self.started.elapsed();
        self.hub.metrics().request(self.event, code, duration);
        if matches!(answer, Ok(Reply::Joined(_))) {
            self.hub.metrics().joins.inc();
            self.session.joined();
        }
        self.session.finish();
        self.span.in_scope(|| {
            tracing::debug!(code, duration_us = duration.as_micros(), "{} answered {code}", self.event);
        });
        (self.respond)(answer);
    }
}
