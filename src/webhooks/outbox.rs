//! What waits to be sent, and who keeps it.

use std::sync::Arc;
use std::time::SystemTime;
use uuid::Uuid;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Something to be sent to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// The endpoint's name.
    pub endpoint: String,
    /// What it happened in: rows of one call are sent to one endpoint one after another, in their order.
    pub call: Uuid,
    /// `webhook-id`: the same however often it is sent. One endpoint never has two of the same.
    pub event: Uuid,
    /// What it is, for logs.
    pub event_type: String,
    /// What is added to the endpoint's URL.
    pub path: String,
    /// The body.
    pub payload: String,
    /// When it was written.
    pub created_at: SystemTime,
}

/// A row that this server alone may send until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedRow {
    /// The row's number: they rise in the order in which rows were written.
    pub id: i64,
    /// How often it was sent in vain.
    pub attempts: u32,
    /// What to send.
    pub row: OutboxRow,
}

/// What an outbox had for an endpoint.
#[derive(Debug, Default)]
pub struct Claim {
    /// To be sent now.
    pub rows: Vec<LeasedRow>,
    /// When the next may be due, by its time or by the end of a lease, if there was less than was asked for.
    pub next: Option<SystemTime>,
}

/// How much waits for an endpoint.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Rows, those under way included.
    pub waiting: u64,
    /// When the oldest was written.
    pub oldest: Option<SystemTime>,
}

/// The outbox cannot be reached just now. Why stands in its own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the outbox cannot be reached")]
pub struct OutboxError;

/// Keeps rows until they are sent. Several servers may share one: a row is leased to one of them at a time, and only the
/// first of a call's rows for an endpoint ever is.
pub trait Outbox: Send + Sync + 'static {
    /// Leases at most `limit` rows that are due.
    fn claim(
        &self,
        endpoint: &str,
        limit: usize,
        now: SystemTime,
        leased_until: SystemTime,
    ) -> impl Future<Output = Result<Claim, OutboxError>> + Send;

    /// A leased row is done with.
    fn remove(&self, id: i64) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// A leased row was sent in vain: not before then again.
    fn postpone(&self, id: i64, next_attempt_at: SystemTime) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// A leased row was not sent after all.
    fn release(&self, id: i64) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// What waits for an endpoint.
    fn backlog(&self, endpoint: &str) -> impl Future<Output = Result<Backlog, OutboxError>> + Send;

    /// Removes what was written before `before` and is not under way, for whichever endpoint: the endpoint of each.
    fn expire(
        &self,
        before: SystemTime,
        now: SystemTime,
    ) -> impl Future<Output = Result<Vec<String>, OutboxError>> + Send;
}
