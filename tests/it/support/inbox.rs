//! What a client has received: answers to its requests, and events in their order.

use super::DEADLINE;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// `error` of a failed acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    pub retry_after_ms: Option<u64>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// An acknowledgement: `data`, or `error`.
pub type Answer = Result<Value, Refusal>;

/// A request on its way.
#[must_use = "a request has an answer"]
pub struct Pending {
    event: String,
    answer: oneshot::Receiver<Answer>,
}

impl Pending {
    /// The answer; panics if the socket closes before it, or if it takes too long.
    pub async fn answer(self) -> Answer {
        let event = self.event.clone();
        self.outcome().await.unwrap_or_else(|| panic!("the socket closed before {event} was answered"))
    }

    /// The answer, or nothing if the socket closed before it; panics if it takes too long.
    pub async fn outcome(self) -> Option<Answer> {
        match tokio::time::timeout(DEADLINE, self.answer).await {
            Ok(answer) => answer.ok(),
            Err(_) => panic!("no answer to {} within {DEADLINE:?}", self.event),
        }
    }
}

/// Something received.
#[derive(Debug, Clone, PartialEq)]
pub enum Received {
    /// An acknowledgement, by its request's number.
    Ack(u64, Value),
    /// An event with its payload.
    Event(String, Value),
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// Which of them [`Inbox::next_event`] has given out.
    taken: Vec<bool>,
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    requests: u64,
    closed: bool,
}

/// Filled by a client's reader; looked into by the scenario.
pub struct Inbox {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

impl Inbox {
    pub fn new() -> Self {
        Self { state: Mutex::default(), changed: watch::Sender::new(()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics with it")
    }

    /// A number for a request, and its answer to be.
    pub fn expect_answer(&self, event: &str) -> (u64, Pending) {
        let (sender, answer) = oneshot::channel();
        let mut state = self.state();
        state.requests += 1;
        let id = state.requests;
        if !state.closed {
            state.waiting.insert(id, sender);
        }
        (id, Pending { event: event.to_owned(), answer })
    }

    /// Takes in what the server sent.
    pub fn receive(&self, received: Received) {
        let mut state = self.state();
        if let Received::Ack(id, answer) = &received {
            let waiting =
                state.waiting.remove(id).unwrap_or_else(|| panic!("an answer nobody waits for: {id} {answer}"));
            // Whoever asked may have gone on.
            drop(waiting.send(parse(answer)));
        }
        state.received.push(received);
        state.taken.push(false);
        drop(state);
        self.changed.send_replace(());
    }

    /// The connection is over: who still waits for an answer hears so.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.waiting.clear();
        drop(state);
        self.changed.send_replace(());
    }

    pub fn closed(&self) -> bool {
        self.state().closed
    }

    /// Everything so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.state().received.clone()
    }

    /// The next event of that name that was not given out before; those of other names stay.
    pub async fn next_event(&self, name: &str, deadline: Duration) -> Value {
        let take = || self.take_event(&[name]).map(|(_, payload)| payload);
        self.until(deadline, take, || format!("no event {name}")).await
    }

    /// The oldest event of one of these names that was not given out before, if it is here already.
    pub fn take_event(&self, names: &[&str]) -> Option<(String, Value)> {
        let mut state = self.state();
        let State { received, taken, .. } = &mut *state;
        let mut events = received.iter().zip(taken);
        events.find_map(|(received, taken)| match received {
            Received::Event(event, payload) if names.contains(&event.as_str()) && !*taken => {
                *taken = true;
                Some((event.clone(), payload.clone()))
            }
            Received::Event(..) | Received::Ack(..) => None,
        })
    }

    /// The same, once it is here, however long that takes.
    pub async fn event_among(&self, names: &[&str]) -> (String, Value) {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            if let Some(event) = self.take_event(names) {
                return event;
            }
            drop(changed.changed().await);
        }
    }

    /// Waits until the server has closed the connection.
    pub async fn until_closed(&self) {
        self.until(DEADLINE, || self.closed().then_some(()), || "the socket is still open".to_owned()).await;
    }

    async fn until<T>(
        &self,
        deadline: Duration,
        mut look: impl FnMut() -> Option<T>,
        otherwise: impl FnOnce() -> String,
    ) -> T {
        let mut changed = self.changed.subscribe();
        let found = async {
            loop {
                changed.mark_unchanged();
                if let Some(found) = look() {
                    return found;
                }
                drop(changed.changed().await);
            }
        };
        match tokio::time::timeout(deadline, found).await {
            Ok(found) => found,
            Err(_) => panic!("{} within {deadline:?}; received: {:#?}", otherwise(), self.received()),
        }
    }
}

fn parse(answer: &Value) -> Answer {
    match (&answer["success"], &answer["data"], &answer["error"]) {
        (Value::Bool(true), data, Value::Null) => Ok(data.clone()),
        (Value::Bool(false), Value::Null, Value::Object(error)) => {
            let text = |key: &str| error[key].as_str().expect("code and message are texts").to_owned();
            Err(Refusal {
                code: text("code"),
                message: text("message"),
                retry_after_ms: error.get("retryAfterMs").map(|wait| wait.as_u64().expect("a number")),
            })
        }
        _ => panic!("neither success nor failure: {answer}"),
    }
}
