//! An outbox in memory, and endpoints that do as they are told.

use super::super::*;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;
use tokio::sync::watch;
use uuid::Uuid;

struct Entry {
    leased: LeasedRow,
    next_attempt_at: SystemTime,
    leased_until: Option<SystemTime>,
}

/// Rows in the order of their numbers. Clones share them.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Entry>>>);

impl Memory {
    fn rows(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().expect("nobody panics with it")
    }

    pub fn write(&self, endpoint: &str, call: u128, event: u128, created_at: SystemTime) {
        let mut rows = self.rows();
        let row = OutboxRow {
            endpoint: endpoint.to_owned(),
            call: Uuid::from_u128(call),
            event: Uuid::from_u128(event),
            event_type: "call.started".to_owned(),
            path: String::new(),
            payload: "{}".to_owned(),
            created_at,
        };
        let id = rows.last().map_or(1, |last| last.leased.id + 1);
        let leased = LeasedRow { id, attempts: 0, row };
        rows.push(Entry { leased, next_attempt_at: created_at, leased_until: None });
    }

    pub fn len(&self) -> usize {
        self.rows().len()
    }

    pub fn leased(&self) -> usize {
        self.rows().iter().filter(|entry| entry.leased_until.is_some()).count()
    }

    fn change(&self, id: i64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.rows().iter_mut().find(|entry| entry.leased.id == id) {
            entry.leased_until = None;
            change(entry);
        }
    }
}

impl Outbox for Memory {
    async fn claim(
        &self,
        endpoint: &str,
        limit: usize,
        now: SystemTime,
        until: SystemTime,
    ) -> Result<Claim, OutboxError> {
        let (mut claim, mut calls) = (Claim::default(), HashSet::new());
        for entry in self.rows().iter_mut().filter(|entry| entry.leased.row.endpoint == endpoint) {
            if !calls.insert(entry.leased.row.call) {
                continue;
            }
            let due = entry.next_attempt_at.max(entry.leased_until.unwrap_or(entry.next_attempt_at));
            if due > now {
                claim.next = Some(claim.next.map_or(due, |next| next.min(due)));
            } else if claim.rows.len() < limit {
                entry.leased_until = Some(until);
                claim.rows.push(entry.leased.clone());
            }
        }
        Ok(claim)
    }

    async fn remove(&self, id: i64) -> Result<(), OutboxError> {
        self.rows().retain(|entry| entry.leased.id != id);
        Ok(())
    }

    async fn postpone(&self, id: i64, next_attempt_at: SystemTime) -> Result<(), OutboxError> {
        self.change(id, |entry| {
            entry.leased.attempts += 1;
            entry.next_attempt_at = next_attempt_at;
        });
        Ok(())
    }

    async fn release(&self, id: i64) -> Result<(), OutboxError> {
        self.change(id, |_| {});
        Ok(())
    }

    async fn backlog(&self, endpoint: &str) -> Result<Backlog, OutboxError> {
        let rows = self.rows();
        let of = || rows.iter().filter(|entry| entry.leased.row.endpoint == endpoint);
        let oldest = of().map(|entry| entry.leased.row.created_at).min();
        Ok(Backlog { waiting: of().count() as u64, oldest })
    }

    async fn expire(&self, before: SystemTime, now: SystemTime) -> Result<Vec<String>, OutboxError> {
        let mut expired = Vec::new();
        self.rows().retain(|entry| {
            let old = entry.leased.row.created_at < before && entry.leased_until.is_none_or(|until| until <= now);
            old.then(|| expired.push(entry.leased.row.endpoint.clone())).is_none()
        });
        Ok(expired)
    }
}

/// What an endpoint does with a request, told how many it has had before; none: it takes its time until
/// [`Endpoints::let_go`], and then has it.
pub type Manner = Box<dyn Fn(&LeasedRow, usize) -> Option<Outcome> + Send>;

/// Endpoints by their names. Clones share them.
#[derive(Clone)]
pub struct Endpoints {
    inner: Arc<Mutex<Inner>>,
    let_go: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    manners: HashMap<String, Manner>,
    seen: Vec<Seen>,
    open: usize,
    most_open: usize,
}

/// A request that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub event: u128,
    pub at: SystemTime,
    pub outcome: Outcome,
}

impl Endpoints {
    pub fn new() -> Self {
        Self { inner: Arc::default(), let_go: watch::Sender::new(false) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics with it")
    }

    pub fn behave(&self, name: &str, manner: impl Fn(&LeasedRow, usize) -> Option<Outcome> + Send + 'static) {
        self.inner().manners.insert(name.to_owned(), Box::new(manner));
    }

    pub fn let_go(&self) {
        self.let_go.send_replace(true);
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.inner().seen.clone()
    }

    /// The events that were taken, in their order.
    pub fn delivered(&self) -> Vec<u128> {
        let delivered = |seen: Seen| (seen.outcome == Outcome::Delivered).then_some(seen.event);
        self.seen().into_iter().filter_map(delivered).collect()
    }

    /// Requests that are open just now.
    pub fn open(&self) -> usize {
        self.inner().open
    }

    pub fn most_open(&self) -> usize {
        self.inner().most_open
    }
}

impl Post for Endpoints {
    async fn post(&self, to: &Endpoint, leased: &LeasedRow, now: SystemTime) -> Outcome {
        let outcome = {
            let inner = &mut *self.inner();
            inner.open += 1;
            inner.most_open = inner.most_open.max(inner.open);
            inner.manners[&to.name](leased, inner.seen.len())
        };
        if outcome.is_none() {
            self.let_go.subscribe().wait_for(|let_go| *let_go).await.expect("the sender is here");
        }
        let mut inner = self.inner();
        inner.open -= 1;
        let (event, outcome) = (leased.row.event.as_u128(), outcome.unwrap_or(Outcome::Delivered));
        inner.seen.push(Seen { event, at: now, outcome });
        outcome
    }
}
