//! Writes what is to be sent: of something that happened, a row for each endpoint that wants to hear of it.

use super::event::{CallRef, EventType, Notice};
use super::{BACKEND, OutboxRow};
use crate::limits::{Limit, OnLimit};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use tokio::sync::Notify;
use uuid::Uuid;

/// What an endpoint wants to hear of.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The endpoint's name.
    pub endpoint: String,
    /// The types.
    pub types: BTreeSet<EventType>,
}

/// Addresses what happens. Cheap to clone.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    boxes: Vec<Letterbox>,
    max_waiting: u64,
    on_limit: OnLimit,
}

/// Of one endpoint.
struct Letterbox {
    endpoint: String,
    /// None: the application's own backend, which is told of rooms in a way of its own.
    types: Option<BTreeSet<EventType>>,
    /// About how many rows wait: counted now and then.
    waiting: AtomicU64,
    written: Notify,
}

impl Mailer {
    /// For these endpoints, and the application's own backend if there is one. Beyond `max_waiting` rows (roughly: they
    /// are counted now and then) an endpoint gets no further ones, which `on_limit` hears.
    pub fn new(subscriptions: Vec<Subscription>, backend: bool, max_waiting: u64, on_limit: OnLimit) -> Self {
        let new = |endpoint, types| Letterbox { endpoint, types, waiting: AtomicU64::new(0), written: Notify::new() };
        let boxes = subscriptions.into_iter().map(|one| new(one.endpoint, Some(one.types)));
        let backend = backend.then(|| new(BACKEND.to_owned(), None));
        Self(Arc::new(Inner { boxes: boxes.chain(backend).collect(), max_waiting, on_limit }))
    }

    /// For nobody.
    pub fn idle() -> Self {
        Self::new(Vec::new(), false, 0, Arc::new(|_| {}))
    }

    /// The rows for something that happened in a call, to be written in the transaction that books it.
    pub fn rows(&self, call: CallRef<'_>, at: SystemTime, notice: &Notice<'_>) -> Vec<OutboxRow> {
        let event_type = notice.event_type();
        // One backend may hear by several endpoints: of the same event under the same id, of anything else under another.
        let (event, own) = (Uuid::new_v4(), Uuid::new_v4());
        let mut rows = Vec::new();
        for to in &self.0.boxes {
            let (event, event_type, path, payload) = match &to.types {
                Some(types) if types.contains(&event_type) => {
                    (event, event_type.as_str(), String::new(), notice.body(call, at))
                }
                None if event_type == EventType::CallStarted => {
                    let path = format!("/calls/{}/setWebRtcRoomId", segment(call));
                    (own, "setWebRtcRoomId", path, json!({ "webrtcRoomId": call.id }).to_string())
                }
                Some(_) | None => continue,
            };
            if to.waiting.load(Ordering::Relaxed) >= self.0.max_waiting {
                (self.0.on_limit)(Limit::WaitingWebhooks);
                continue;
            }
            to.waiting.fetch_add(1, Ordering::Relaxed);
            rows.push(OutboxRow {
                endpoint: to.endpoint.clone(),
                call: call.id,
                event,
                event_type: event_type.to_owned(),
                path,
                payload,
                created_at: at,
            });
        }
        rows
    }

    /// Rows were written, and can be read from the outbox.
    pub fn wake(&self) {
        self.0.boxes.iter().for_each(|to| to.written.notify_one());
    }

    /// Waits until rows were written since it returned last, as far as is known here: others may share the outbox.
    pub(super) async fn written(&self, endpoint: &str) {
        match self.get(endpoint) {
            Some(to) => to.written.notified().await,
            None => std::future::pending().await,
        }
    }

    /// So many rows were counted.
    pub(super) fn counted(&self, endpoint: &str, waiting: u64) {
        if let Some(to) = self.get(endpoint) {
            to.waiting.store(waiting, Ordering::Relaxed);
        }
    }

    fn get(&self, endpoint: &str) -> Option<&Letterbox> {
        self.0.boxes.iter().find(|to| to.endpoint == endpoint)
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.boxes.iter().map(|to| &to.endpoint)).finish()
    }
}

/// The call's name as one segment of a URL's path: all but RFC 3986's unreserved characters by their bytes. `.` and `..`
/// mean something else there, however they are written: of a call with such a name its id.
fn segment(call: CallRef<'_>) -> String {
    if matches!(call.call_id.as_str(), "." | "..") {
        return call.id.to_string();
    }
    let mut escaped = String::new();
    for byte in call.call_id.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::event::Why;
    use super::*;
    use crate::protocol::CallId;
    use std::time::UNIX_EPOCH;

    fn mailer(max_waiting: u64, on_limit: OnLimit) -> Mailer {
        let subscribe = |endpoint: &str, types: &[EventType]| Subscription {
            endpoint: endpoint.to_owned(),
            types: types.iter().copied().collect(),
        };
        let subscriptions = vec![subscribe("all", &EventType::ALL), subscribe("ends", &[EventType::CallEnded])];
        Mailer::new(subscriptions, true, max_waiting, on_limit)
    }

    fn rows(mailer: &Mailer, call_id: &str, notice: &Notice<'_>) -> Vec<OutboxRow> {
        let call_id = CallId::new(call_id).expect("a name");
        let call = CallRef { id: Uuid::from_u128(1), call_id: &call_id };
        mailer.rows(call, UNIX_EPOCH, notice)
    }

    #[test]
    fn who_wants_to_hear_of_it_gets_a_row() {
        let mailer = mailer(100, Arc::new(|limit| panic!("{limit}")));
        let endpoints = |notice| rows(&mailer, "c", &notice).into_iter().map(|row| row.endpoint).collect::<Vec<_>>();
        assert_eq!(endpoints(Notice::CallStarted), ["all", BACKEND]);
        let ids = |notice| rows(&mailer, "c", &notice).into_iter().map(|row| row.event).collect::<Vec<_>>();
        let (started, ended) = (ids(Notice::CallStarted), ids(Notice::CallEnded { reason: Why::Books("unused") }));
        assert_ne!(started[0], started[1], "not the same message");
        assert_eq!(ended[0], ended[1], "the same event");
        assert_eq!(endpoints(Notice::CallEnded { reason: Why::Books("unused") }), ["all", "ends"]);
    }

    #[test]
    fn the_backend_is_told_a_call_s_id_under_its_name() {
        let mailer = mailer(100, Arc::new(|limit| panic!("{limit}")));
        let id = Uuid::from_u128(1);
        for (call_id, segment) in
            [("team-1.a_~", "team-1.a_~"), ("a/b c?é", "a%2Fb%20c%3F%C3%A9"), ("..", &id.to_string())]
        {
            let row = rows(&mailer, call_id, &Notice::CallStarted).pop().expect("the last");
            assert_eq!(row.path, format!("/calls/{segment}/setWebRtcRoomId"));
            assert_eq!(row.payload, format!(r#"{{"webrtcRoomId":"{id}"}}"#));
        }
    }

    #[test]
    fn an_endpoint_that_has_too_many_gets_no_more_until_some_are_gone() {
        let refused = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&refused);
        let mailer = mailer(
            2,
            Arc::new(move |limit| {
                assert_eq!(limit, Limit::WaitingWebhooks);
                counting.fetch_add(1, Ordering::Relaxed);
            }),
        );
        let write = || rows(&mailer, "c", &Notice::CallEnded { reason: Why::Books("unused") }).len();
        assert_eq!([write(), write(), write()], [2, 2, 0]);
        mailer.counted("ends", 1);
        assert_eq!([write(), write()], [1, 0]);
        assert_eq!(refused.load(Ordering::Relaxed), 5);
    }
}
